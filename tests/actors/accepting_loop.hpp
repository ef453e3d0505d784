#pragma once

#include "sluice/actors/connection/acceptor.hpp"
#include "sluice/actors/connection/admission.hpp"
#include "tests/actors/turning_loop.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <list>
#include <memory>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace sluice::testing {

/// Acceptors on a loop that the test turns, with a quota and a budget for `most_connections`.
struct accepting_loop : turning_loop {
  static constexpr auto most_connections = 100;
  static constexpr std::string_view plain_get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  enum class kind { own, given };

  struct gate {
    int descriptor; ///< of the listening socket
    std::uint16_t port;
    std::unique_ptr<acceptor> accepts;
  };

  accepting_loop() = default;
  accepting_loop(const accepting_loop&) = delete;
  accepting_loop& operator=(const accepting_loop&) = delete;
  ~accepting_loop() {
    for (auto& each : gates)
      if (each.accepts)
        each.accepts->drop_all();
    run();
    loop->close();
  }

  /// An acceptor that is not open yet.
  gate& add_closed(listener from) {
    const auto descriptor = from.descriptor();
    const auto port = from.port();
    gates.push_back(
      {descriptor, port, std::make_unique<acceptor>(context, quota, budget, std::move(from))});
    return gates.back();
  }
  gate& add_acceptor(listener from) {
    auto& made = add_closed(std::move(from));
    made.accepts->open();
    return made;
  }
  /// A given socket is left open by its acceptor: this process has it too.
  gate& add_acceptor(kind which = kind::own) {
    auto from = listen_anywhere(limits);
    if (which == kind::own)
      return add_acceptor(std::move(from));
    originals.push_back(std::move(from));
    return add_acceptor(listener::given(::dup(originals.back().descriptor()), limits));
  }

  /// A client that has connected and asked.
  [[nodiscard]] static std::unique_ptr<raw_client> come(const gate& to) {
    auto client = std::make_unique<raw_client>(to.port);
    client->send(plain_get);
    await(to.descriptor, POLLIN);
    return client;
  }
  /// The client goes, and the server sees it.
  void leave(std::unique_ptr<raw_client>& client) {
    const auto open = count.connections_open.load();
    client->close();
    for (auto turns = 0; count.connections_open.load() == open; ++turns) {
      REQUIRE(turns < 1'000'000);
      loop->turn();
    }
    run();
  }

  void take_places(int number) {
    for (auto i = 0; i < number; ++i)
      REQUIRE(quota.take());
  }
  void take_shares(int number) {
    for (auto i = 0; i < number; ++i)
      REQUIRE(budget.take());
  }
  [[nodiscard]] int places_left() { return left_in(quota); }
  [[nodiscard]] int shares_left() { return left_in(budget); }

  connection_quota quota{most_connections};
  memory_budget budget{most_connections, 1};
  std::list<listener> originals;
  std::list<gate> gates;

private:
  template <class Source>
  static int left_in(Source& source) {
    auto left = 0;
    while (source.take())
      ++left;
    for (auto i = 0; i < left; ++i)
      source.give_back();
    return left;
  }
};

} // namespace sluice::testing
