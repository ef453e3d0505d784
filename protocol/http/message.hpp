#pragma once

#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/method.hpp"
#include "sluice/protocol/http/parameter.hpp"
#include "sluice/protocol/http/status.hpp"
#include "sluice/protocol/http/trace.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// HTTP/1.0 or HTTP/1.1, which stands for higher minor versions too.
enum class http_version : std::uint8_t { v1_0, v1_1 };

/// The head of a request: everything but its content. A self-contained value.
struct request {
  sluice::method method = sluice::method::get;
  http_version version = http_version::v1_1;
  std::string target; ///< as received
  std::string path;   ///< percent-encoded path of the target; "*" for `OPTIONS *`
  std::string query;  ///< percent-encoded, without '?'
  sluice::fields fields;
  std::optional<std::uint64_t> content_length; ///< octets announced; absent when chunked or without
                                               ///< content
  bool chunked = false;                        ///< content comes in the chunked transfer coding
  std::vector<std::pair<std::string, std::string>> parameters; ///< of the route, decoded; the
                                                               ///< router fills them
  std::string subprotocol; ///< of a WebSocket: the one that was chosen; empty when there is none
  std::string peer;        ///< address and port of the client, "unix" on a Unix socket
  bool is_peer_trusted = false; ///< what it says of other requests than its own is believed
  std::uint64_t number = 0; ///< its own; what the server calls it where nobody has given it a name

  /// Whether content follows (a Content-Length of 0 is none).
  [[nodiscard]] bool has_content() const noexcept {
    return chunked || content_length.value_or(0) > 0;
  }
  /// Which request it is: what its X-Request-Id and traceparent say where its peer is trusted with
  /// that, else ids of the server's own. Who is asked for its sake is told by it.
  [[nodiscard]] request_trace trace() const;
  /// Its id, as it stands in the log: trace().request_id
  [[nodiscard]] std::string id() const { return trace().request_id; }
  /// The route parameter called `name`, decoded; empty when the route has none.
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
  /// The query parameter called `name`, decoded.
  [[nodiscard]] std::optional<std::string> query_param(std::string_view name) const;
  /// The same as a T: see parameter_reader. Nothing if there is none, or it can't be read as one.
  template <class T>
  [[nodiscard]] std::optional<T> query_param(std::string_view name) const {
    const auto text = query_param(name);
    return text ? parameter_reader<T>::read(*text) : std::nullopt;
  }
  template <class T>
  [[nodiscard]] std::optional<T> param(std::string_view name) const {
    return parameter_reader<T>::read(param(name));
  }
};

/// What a request expects of its server. RFC 9110 sec. 10.1.1
enum class expectation : std::uint8_t {
  none,      ///< nothing, or it is HTTP/1.0, whose expectations are ignored
  continue_, ///< 100 Continue before the content is sent
  unknown,   ///< something else as well: 417
};

/// Reads every member of every Expect line.
[[nodiscard]] expectation expectation_of(const request& head);

/// A whole response: what a plain function returns.
struct response {
  sluice::status status = sluice::status::ok;
  sluice::fields fields;
  std::string content;
};

/// A text/plain response in UTF-8.
[[nodiscard]] response text(std::string content, status code = status::ok);
/// A text/html response in UTF-8.
[[nodiscard]] response html(std::string content, status code = status::ok);
/// An application/json response of text that is JSON already; for values include <sluice/json.hpp>.
[[nodiscard]] response json_text(std::string content, status code = status::ok);
/// Sends the client elsewhere. `location`: a URI reference, escaped; a line break in it makes the
/// response one that can't be sent: 500. By default the client gets it with GET: RFC 9110
/// sec. 15.4.4
[[nodiscard]] response redirect(std::string_view location, status code = status::see_other);

} // namespace sluice
