#pragma once

#include "bench/load/client.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace bench {

/// How long the poller waits for events: also how exactly a window ends.
inline constexpr std::chrono::milliseconds tick{10};

/// The request of `wishes`, a GET of its target or of `standard`, with more field lines.
[[nodiscard]] inline std::string get_request(const options& wishes, std::string_view standard,
                                             std::string_view field_lines = {}) {
  std::string request = "GET ";
  request += wishes.target.empty() ? standard : wishes.target;
  request += " HTTP/1.1\r\nHost: localhost\r\n";
  request += field_lines;
  request += "\r\n";
  return request;
}

/// Makes the clients of a mode, opens them all and drives them until the window is over.
/// `arguments`: further ones of each client's constructor.
template <class Client, class... Arguments>
nlohmann::ordered_json drive(const options& wishes, const Arguments&... arguments) {
  poller events;
  measurement result{wishes};
  std::vector<std::unique_ptr<Client>> clients;
  clients.reserve(wishes.clients);
  for (std::size_t i = 0; i < wishes.clients; ++i) {
    clients.push_back(std::make_unique<Client>(events, result, arguments...));
    clients.back()->open();
  }
  auto ticked = clock::now();
  while (result.goes_on()) {
    events.wait(tick);
    if (const auto now = clock::now(); now >= ticked + tick) {
      ticked = now;
      for (const auto& one : clients)
        one->on_tick();
    }
  }
  for (const auto& one : clients)
    one->reset();
  return result.report();
}

} // namespace bench
