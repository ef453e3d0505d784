#pragma once

#include "sluice/sluice.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

using call_log = std::shared_ptr<observed<std::vector<std::string>>>;

/// A request that no handler may ever see: where it is run, something was smuggled.
inline constexpr std::string_view hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

/// The server under attack. Every handler notes that it ran, and what it was given:
///   GET, POST /        a plain function; touches no content
///   GET, POST, PUT /sink    reads all content and answers it, and its trailers after a '|'
///   any of these on /hidden a plain function
class subject {
public:
  explicit subject(std::function<void(config&)> adjust = {}, bool drive_time = false)
    : calls{std::make_shared<observed<std::vector<std::string>>>()},
      routes{routes_of(calls)},
      server{routes, std::move(adjust), drive_time} {}

  [[nodiscard]] std::uint16_t port() const { return server.port(); }

  /// Sends `octets` on a connection of its own. @returns all that comes back until the server ends
  /// the connection
  std::string answer_to(std::string_view octets) const {
    raw_client client{port()};
    client.send(octets);
    auto all = client.receive_all();
    CHECK_MESSAGE(client.is_readable(), "the server did not end the connection");
    return all;
  }

  call_log calls;
  router routes;
  test_server server;

private:
  static void note(const call_log& log, std::string what) {
    log->update([&](auto& all) { all.push_back(std::move(what)); });
  }

  static router routes_of(const call_log& log) {
    router routes;
    const auto plain = [log](const request& head) {
      note(log, std::string{to_string(head.method)} + ' ' + head.path);
      return text("fine");
    };
    const auto sink = [log](exchange& http) {
      return [](exchange& peer, call_log ran) -> task {
        note(ran, std::string{to_string(peer.request().method)} + " /sink");
        std::string all;
        while (auto piece = co_await peer.content().next())
          all += piece->text();
        all += '|';
        for (const auto line : peer.content().trailers())
          all.append(line.name).append("=").append(line.value).append(";");
        co_await peer.respond(status::ok, std::move(all));
      }(http, log);
    };
    for (const auto which : {method::get, method::post, method::put}) {
      routes.on(which, "/", plain);
      routes.on(which, "/hidden", plain);
      routes.on(which, "/sink", sink);
    }
    return routes;
  }
};

/// How often `part` stands in `whole`.
inline std::size_t count_of(std::string_view whole, std::string_view part) {
  std::size_t found = 0;
  for (auto at = whole.find(part); at != std::string_view::npos;
       at = whole.find(part, at + part.size()))
    ++found;
  return found;
}

/// The number in a status line; nothing else may stand there.
inline std::string status_of(std::string_view response) {
  return response.starts_with("HTTP/1.1 ") ? std::string{response.substr(9, 3)} : "none";
}

/// Something malformed, and the status that refuses it.
struct attack {
  std::string_view name;
  std::string octets;
  std::string_view status = "400";
};

/// Each is refused with its status and nothing more, the connection ends, and nothing that follows
/// it is taken for a request; and all that however the octets are cut.
inline void check_refused(const std::vector<attack>& attacks) {
  for (const std::size_t read_size : {65536u, 1u, 7u}) {
    CAPTURE(read_size);
    subject server{[=](config& wishes) { wishes.limits.chunk_size = read_size; }};
    for (const auto& one : attacks) {
      CAPTURE(one.name);
      const auto answer = server.answer_to(one.octets + std::string{hidden} + std::string{hidden});
      CHECK(status_of(answer) == one.status);
      CHECK(count_of(answer, "HTTP/1.1 ") == 1);
      CHECK(count_of(answer, "\r\nConnection: close\r\n") == 1);
      for (const auto& call : server.calls->get())
        CHECK_MESSAGE(call.find("hidden") == std::string::npos, call);
    }
  }
}

} // namespace sluice::testing
