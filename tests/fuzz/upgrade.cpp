// Differential: one connection from its first request through the upgrade to WebSocket frames. The
// same octets whole and cut give the same requests, the same verdict on the opening handshake, and
// the same session, which begins with the octet after the head.

#include "sluice/protocol/websocket/handshake.hpp"
#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/http_run.hpp"
#include "tests/fuzz/session_run.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace sluice::fuzz;

namespace {

/// The subprotocol that a server which takes any would choose.
std::string first_protocol(const sluice::request& head) {
  const auto offered = sluice::websocket::offered_subprotocols(head);
  require(offered.has_value(), "a handshake offers different tokens");
  if (offered->empty())
    return {};
  std::string first{offered->front()};
  require(sluice::is_token(first), "a subprotocol is a token");
  const std::vector known{std::string{"unknown subprotocol"}, first};
  require(sluice::websocket::choose_subprotocol(head, known) == first, "what is offered is chosen");
  return first;
}

/// What an accepted handshake must be, and its 101. RFC 6455 sec. 4.2
void check_upgrade(const sluice::request& head) {
  const auto& fields = head.fields;
  require(head.method == sluice::method::get && head.version == sluice::http_version::v1_1,
          "a handshake is a GET of HTTP/1.1");
  require(!head.has_content(), "a handshake has no content");
  require(fields.count("Sec-WebSocket-Key") == 1 && fields.find("Sec-WebSocket-Key")->size() == 24
            && fields.find("Sec-WebSocket-Key")->ends_with("=="),
          "a handshake has one key of 16 octets");
  require(fields.count("Sec-WebSocket-Version") == 1
            && fields.find("Sec-WebSocket-Version") == "13",
          "a handshake has the version 13");

  const auto protocol = first_protocol(head);
  const auto answer = sluice::websocket::accept_response(head, protocol,
                                                         "Sun, 06 Nov 1994 08:49:37 GMT");
  std::string expected = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
  require(answer.starts_with(expected), "the 101 has its fields");
  const auto accept = answer.substr(expected.size(), 28);
  require(accept.find_first_of("\r\n") == std::string::npos && accept.back() == '=',
          "the accept value is SHA-1 in base64");
  expected += accept + "\r\n";
  if (!protocol.empty())
    expected += "Sec-WebSocket-Protocol: " + std::string{protocol} + "\r\n";
  expected += "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
  require_same(answer, expected, "the 101 is one response and nothing more");
}

class connection_run {
public:
  connection_run(const sluice::http::limits& bounds, const session_settings& chosen,
                 sluice::octet_view whole, std::size_t ask_at)
    : http_{bounds, whole, ask_at, upgrades::taken}, chosen_{chosen}, whole_{whole} {}

  bool feed(sluice::octet_view piece) {
    if (session_)
      return session_->feed(piece);
    const auto before = http_.consumed();
    if (http_.feed(piece))
      return true;
    if (!http_.is_upgraded())
      return false;
    check_upgrade(http_.upgraded());
    session_.emplace(chosen_, whole_.subspan(http_.consumed()));
    return session_->feed(piece.subspan(http_.consumed() - before));
  }

  std::string finish() {
    auto account = http_.finish();
    if (session_)
      account += session_->finish();
    return account;
  }

private:
  http_run http_;
  std::optional<session_run> session_;
  session_settings chosen_;
  sluice::octet_view whole_;
};

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 15};
  const auto bounds = http_limits(from);
  const auto ask_at = from.setting() ^ std::size_t{'0'};
  const auto chosen = session_settings_of(from);
  const auto where = cuts::chosen_by(from);
  const auto octets = from.octets();
  require_same_for_all_cuts(octets, where, [&] {
    return connection_run{bounds, chosen, octets, ask_at};
  });
}
