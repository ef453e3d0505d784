#include "bench/peers/beast/session.hpp"

#include "bench/peers/ended.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>
#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using request_parser = http::request_parser<http::buffer_body>;
using web_socket = beast::websocket::stream<tcp_stream>;

constexpr std::chrono::seconds timeout{30};

ended_handlers ended;

// The number behind "NAME=" in the query, or `otherwise`.
std::uint64_t query(std::string_view target, std::string_view name, std::uint64_t otherwise) {
  const auto at = target.find(name);
  if (at == std::string_view::npos)
    return otherwise;
  const auto digits = target.substr(at + name.size() + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), otherwise);
  return otherwise;
}

awaitable<void> pause(std::chrono::nanoseconds length) {
  timer clock{co_await asio::this_coro::executor};
  clock.expires_after(length);
  co_await clock.async_wait(use_awaitable);
}

awaitable<void> respond(tcp_stream& stream, bool keeps_alive, std::string content) {
  http::response<http::string_body> answer{http::status::ok, 11};
  answer.set(http::field::server, "Beast");
  answer.set(http::field::content_type, "text/plain");
  answer.keep_alive(keeps_alive);
  answer.body() = std::move(content);
  answer.prepare_payload();
  co_await http::async_write(stream, answer, use_awaitable);
}

// Reads the content; waits behind each piece of it unless `rate` is 0.
awaitable<std::uint64_t> drain(tcp_stream& stream, beast::flat_buffer& buffer,
                               request_parser& parser, std::uint64_t rate) {
  std::array<char, 64 * 1024> piece;
  buffer.reserve(piece.size()); // Beast reads as much as it has room for: by itself, 512 octets
  std::uint64_t total = 0;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    stream.expires_after(timeout);
    beast::error_code error;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(use_awaitable, error));
    if (error && error != http::error::need_buffer)
      throw beast::system_error{error};
    const auto size = piece.size() - body.size;
    total += size;
    if (rate > 0) {
      stream.expires_never();
      co_await pause(pause_behind(size, rate));
    }
  }
  co_return total;
}

awaitable<void> download(tcp_stream& stream, std::uint64_t octets) {
  static const std::string piece(256 * 1024, 'x');
  http::response<http::empty_body> answer{http::status::ok, 11};
  answer.content_length(octets);
  http::response_serializer<http::empty_body> serializer{answer};
  co_await http::async_write_header(stream, serializer, use_awaitable);
  while (octets > 0) {
    const auto size = std::min<std::uint64_t>(octets, piece.size());
    stream.expires_after(timeout);
    co_await asio::async_write(stream, asio::buffer(piece.data(), size), use_awaitable);
    octets -= size;
  }
}

awaitable<void> echo(web_socket& socket) {
  beast::flat_buffer buffer;
  while (true) {
    co_await socket.async_read(buffer, use_awaitable);
    socket.binary(socket.got_binary());
    co_await socket.async_write(buffer.data(), use_awaitable);
    buffer.consume(buffer.size());
  }
}

awaitable<void> slow_sink(web_socket& socket, std::uint64_t rate) {
  ended_guard guard{ended};
  beast::flat_buffer buffer;
  while (true) {
    co_await socket.async_read(buffer, use_awaitable);
    co_await pause(pause_behind(buffer.size(), rate));
    buffer.consume(buffer.size());
  }
}

awaitable<void> serve_web_socket(tcp_stream stream, const request_parser& parser) {
  stream.expires_never();
  const std::string target{parser.get().target()};
  web_socket socket{std::move(stream)};
  socket.set_option(beast::websocket::stream_base::timeout::suggested(beast::role_type::server));
  socket.auto_fragment(false); // a message in one frame, and with one write
  co_await socket.async_accept(parser.get(), use_awaitable);
  if (target.starts_with("/slow-sink"))
    co_await slow_sink(socket, query(target, "rate", slow_rate));
  else
    co_await echo(socket);
}

awaitable<void> answer(tcp_stream& stream, beast::flat_buffer& buffer, request_parser& parser) {
  const auto& head = parser.get();
  const std::string_view target{head.target().data(), head.target().size()};
  const auto keeps_alive = head.keep_alive();
  if (target.starts_with("/download")) {
    co_await download(stream, query(target, "octets", 0));
  } else if (target.starts_with("/sink")) {
    const auto total = co_await drain(stream, buffer, parser, 0);
    auto content = std::to_string(total);
    co_await respond(stream, keeps_alive, std::move(content));
  } else if (target.starts_with("/slow-sink")) {
    ended_guard guard{ended};
    const auto rate = query(target, "rate", slow_rate);
    const auto total = co_await drain(stream, buffer, parser, rate);
    auto content = std::to_string(total);
    co_await respond(stream, keeps_alive, std::move(content));
    guard.complete();
  } else {
    // Named, since g++ 12 miscompiles temporaries of this kind in an operand of co_await.
    auto content = target == "/ended" ? ended.json() : std::string{"Hello, World!"};
    co_await respond(stream, keeps_alive, std::move(content));
  }
}

awaitable<void> serve_requests(tcp_stream stream) {
  beast::flat_buffer buffer;
  for (auto keeps_alive = true; keeps_alive;) {
    request_parser parser;
    parser.body_limit(std::numeric_limits<std::uint64_t>::max()); // 1.74 takes none for 0
    stream.expires_after(timeout);
    co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    if (beast::websocket::is_upgrade(parser.get())) {
      co_await serve_web_socket(std::move(stream), parser);
      co_return;
    }
    keeps_alive = parser.get().keep_alive();
    co_await answer(stream, buffer, parser);
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

} // namespace

awaitable<void> serve(tcp_stream stream) {
  try {
    co_await serve_requests(std::move(stream));
  } catch (const beast::system_error&) {
    // The client is gone, or late.
  }
}

} // namespace bench
