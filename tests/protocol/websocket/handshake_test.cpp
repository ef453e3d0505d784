#include "sluice/protocol/websocket/handshake.hpp"

#include "sluice/protocol/errc.hpp"

#include <doctest/doctest.h>

#include <ostream> // doctest prints error codes
#include <string>
#include <string_view>
#include <vector>

using namespace sluice;
using namespace sluice::websocket;

namespace {

constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";

/// The request of RFC 6455 sec. 1.3.
request sample() {
  request head;
  head.target = "/chat";
  head.path = "/chat";
  head.fields = {{"Host", "server.example.com"},   {"Upgrade", "websocket"},
                 {"Connection", "Upgrade"},        {"Sec-WebSocket-Key", sample_key},
                 {"Origin", "http://example.com"}, {"Sec-WebSocket-Protocol", "chat, superchat"},
                 {"Sec-WebSocket-Version", "13"}};
  return head;
}

request sample_with(std::string_view name, std::string_view value) {
  auto head = sample();
  head.fields.set(name, value);
  return head;
}

request sample_without(std::string_view name) {
  auto head = sample();
  head.fields.remove(name);
  return head;
}

} // namespace

TEST_CASE("the accept value of the sample key (RFC 6455 sec. 1.3)") {
  CHECK(accept_value(sample_key) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("the sample handshake is accepted (RFC 6455 sec. 1.3)") {
  CHECK(asks_for_websocket(sample()));
  CHECK_FALSE(check_handshake(sample()));
}

TEST_CASE("the response is the one of RFC 6455 sec. 1.3") {
  CHECK(accept_response(sample(), "chat", "")
        == "HTTP/1.1 101 Switching Protocols\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           "Sec-WebSocket-Protocol: chat\r\n"
           "\r\n");
  CHECK(accept_response(sample(), "", "Sun, 06 Nov 1994 08:49:37 GMT")
        == "HTTP/1.1 101 Switching Protocols\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "\r\n");
}

TEST_CASE("Upgrade and Connection are read as token lists (S26)") {
  CHECK_FALSE(check_handshake(sample_with("Connection", "keep-alive, Upgrade")));
  CHECK_FALSE(check_handshake(sample_with("Connection", "UPGRADE")));
  CHECK_FALSE(check_handshake(sample_with("Upgrade", "WebSocket")));
  CHECK_FALSE(check_handshake(sample_with("Upgrade", "h2c, websocket")));
  auto lines = sample_with("Connection", "keep-alive");
  lines.fields.add("Connection", "upgrade");
  CHECK_FALSE(check_handshake(lines));
}

TEST_CASE("a request that does not ask for a WebSocket is not one (S26)") {
  for (const auto& head :
       {sample_without("Upgrade"), sample_without("Connection"), sample_with("Upgrade", "h2c"),
        sample_with("Upgrade", "websockets"), sample_with("Connection", "keep-alive"),
        sample_with("Connection", "not-upgrade")}) {
    CHECK_FALSE(asks_for_websocket(head));
    CHECK(check_handshake(head) == errc::upgrade_not_asked);
  }
}

TEST_CASE("a handshake is a GET of HTTP/1.1 (S26)") {
  auto head = sample();
  SUBCASE("POST") {
    head.method = method::post;
  }
  SUBCASE("HEAD") {
    head.method = method::head;
  }
  SUBCASE("HTTP/1.0") {
    head.version = http_version::v1_0;
  }
  CHECK(check_handshake(head) == errc::upgrade_method);
}

TEST_CASE("a handshake with content is refused (S26)") {
  auto head = sample();
  head.content_length = 0;
  CHECK_FALSE(check_handshake(head));
  SUBCASE("Content-Length") {
    head.content_length = 1;
  }
  SUBCASE("chunked") {
    head.chunked = true;
  }
  CHECK(check_handshake(head) == errc::upgrade_with_content);
}

TEST_CASE("a version other than 13 is refused (S26)") {
  for (const auto& head :
       {sample_without("Sec-WebSocket-Version"), sample_with("Sec-WebSocket-Version", "8"),
        sample_with("Sec-WebSocket-Version", "013"), sample_with("Sec-WebSocket-Version", "13, 8"),
        sample_with("Sec-WebSocket-Version", "")})
    CHECK(check_handshake(head) == errc::upgrade_version);
  auto twice = sample();
  twice.fields.add("Sec-WebSocket-Version", "13");
  CHECK(check_handshake(twice) == errc::upgrade_version);
}

TEST_CASE("a key is 16 octets in base64 and stands exactly once (S26)") {
  for (const std::string_view key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQQ=",
        "dGhlIHNhbXBsZSBub25jZQQQ", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25j=Q==",
        "dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25j Q==", "AAAAAAAAAAAAAAAAAAAA=="}) {
    CAPTURE(key);
    CHECK(check_handshake(sample_with("Sec-WebSocket-Key", key)) == errc::upgrade_key);
  }
  CHECK_FALSE(check_handshake(sample_with("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw==")));
  CHECK_FALSE(check_handshake(sample_with("Sec-WebSocket-Key", "+/09azAZ+/09azAZ+/09aw==")));
  CHECK(check_handshake(sample_without("Sec-WebSocket-Key")) == errc::upgrade_key);
  auto twice = sample();
  twice.fields.add("sec-websocket-key", sample_key);
  CHECK(check_handshake(twice) == errc::upgrade_key);
}

TEST_CASE("HTTP 1.0 asks for no upgrade (S26)") {
  auto head = sample();
  head.version = http_version::v1_0;
  CHECK_FALSE(asks_for_websocket(head));
  CHECK(check_handshake(head) == errc::upgrade_method);
}

TEST_CASE("subprotocols that are offered are different tokens over all lines (RFC 6455 sec. 4.1)") {
  using names = std::vector<std::string>;
  const auto offered = [](const std::vector<std::string_view>& lines) {
    auto head = sample_without("Sec-WebSocket-Protocol");
    for (const auto line : lines)
      head.fields.add("Sec-WebSocket-Protocol", line);
    const auto read = offered_subprotocols(head);
    CHECK((check_handshake(head) == errc::upgrade_subprotocols) == !read);
    return read ? names{read->begin(), read->end()} : names{"refused"};
  };
  CHECK(offered({}).empty());
  CHECK(offered({"chat"}) == names{"chat"});
  CHECK(offered({"b,a ,\tc"}) == names{"b", "a", "c"});
  CHECK(offered({",b, ,", "a"}) == names{"b", "a"});
  CHECK(offered({"a, A"}) == names{"a", "A"}); // names have a case
  for (const std::vector<std::string_view>& lines : {std::vector<std::string_view>{""},
                                                     {" , "},
                                                     {"", ""},
                                                     {"a, a"},
                                                     {"a", "a"},
                                                     {"a, b, a"},
                                                     {"a b"},
                                                     {"a", "b/c"},
                                                     {"a,\"b\""}}) {
    CAPTURE(lines.front());
    CHECK(offered(lines) == names{"refused"});
  }
}

TEST_CASE(
  "of the subprotocols that are offered the server's first is chosen (RFC 6455 sec. 4.2.2)") {
  const auto chosen = [](std::string_view offer, const std::vector<std::string>& known) {
    return std::string{choose_subprotocol(sample_with("Sec-WebSocket-Protocol", offer), known)};
  };
  CHECK(chosen("a, b", {"b", "a"}) == "b");
  CHECK(chosen("a, b", {"c", "a"}) == "a");
  CHECK(chosen("a, b", {"c"}).empty());
  CHECK(chosen("a, b", {"A"}).empty());
  CHECK(chosen("a, b", {}).empty());
  CHECK(choose_subprotocol(sample_without("Sec-WebSocket-Protocol"), std::vector<std::string>{"a"})
          .empty());
}
