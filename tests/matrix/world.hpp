#pragma once

#include "sluice/actors/testing/internal/workings.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/reluctant_transport.hpp"
#include "tests/support/test_server.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::testing {

/// Where a cell of the matrix is played: a client, a connection, and time that is driven.
class world {
public:
  using condition = std::function<bool()>;

  world() = default;
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  virtual ~world() = default;

  virtual void send(std::string_view octets) = 0;
  /// Sends `piece` until no more is taken.
  virtual void fill(std::string_view piece) = 0;
  virtual void shutdown_write() = 0;
  virtual void close() = 0;
  virtual void reset() = 0;
  /// Nothing is heard of the client any more.
  virtual void vanish() = 0;
  virtual void stop_reading() = 0;

  /// Lets the server work until `holds`; no time passes. @returns whether it does
  [[nodiscard]] virtual bool until(const condition& holds) = 0;
  /// Lets time pass until `holds`, ten minutes at most.
  [[nodiscard]] virtual bool pass_until(const condition& holds) = 0;
  /// The kernel gives a vanished host up, if this world has one that does.
  virtual void give_up() = 0;
  [[nodiscard]] virtual bool gives_up() const = 0;

  /// Everything that the client has received.
  [[nodiscard]] virtual std::string received() = 0;
  /// The first line of the access log.
  [[nodiscard]] virtual std::optional<access_line> access() = 0;
};

/// The scripted stream: one thread, nothing by itself.
class simulated_world : public world {
public:
  simulated_world(const router& routes, const settings& limits, const workings& inside = {})
    : service_{routes, {limits, 0}, inside} {}

  void send(std::string_view octets) override { client_.send(octets); }
  void fill(std::string_view piece) override {
    do {
      client_.send(piece);
      service_.run();
    } while (!client_.seen().is_blocked);
  }
  void shutdown_write() override { client_.shutdown_write(); }
  void close() override { client_.close(); }
  void reset() override { client_.reset(); }
  void vanish() override { client_.vanish(); }
  void stop_reading() override { client_.stop_reading(); }
  bool until(const condition& holds) override {
    service_.run();
    return holds();
  }
  bool pass_until(const condition& holds) override {
    for (auto i = 0; i < 600 && !holds(); ++i)
      service_.advance(std::chrono::seconds{1});
    return holds();
  }
  void give_up() override { client_.time_out(); }
  bool gives_up() const override { return true; }
  std::string received() override { return client_.seen().received; }
  std::optional<access_line> access() override {
    const auto& all = service_.accesses();
    return all.empty() ? std::nullopt : std::optional{all.front()};
  }

private:
  simulation service_;
  scripted_client& client_ = service_.connect();
};

using scripted_world = simulated_world;

/// The same behind a transport that brings it reluctantly.
class reluctant_world final : public simulated_world {
public:
  reluctant_world(const router& routes, const settings& limits)
    : simulated_world{routes, limits, {nullptr, [](std::unique_ptr<transport> inner) {
                                         return std::make_unique<reluctant_transport>(
                                           std::move(inner));
                                       }}} {}
};

/// A whole server and a TCP client on loopback.
class socket_world final : public world {
public:
  socket_world(const router& routes, const settings& limits)
    : server_{routes,
              [&](config& wishes) {
                wishes.limits = limits;
                wishes.threads = 1;
              },
              true},
      client_{server_.port(), 64 * 1024} {}
  ~socket_world() override { client_.close(); }

  void send(std::string_view octets) override { client_.send(octets); }
  void fill(std::string_view piece) override {
    client_.send_until_blocked(piece, 64 * 1024 * 1024, 50);
  }
  void shutdown_write() override { client_.shutdown_write(); }
  void close() override { client_.close(); }
  void reset() override { client_.reset(); }
  void vanish() override { is_reading_ = false; }
  void stop_reading() override { is_reading_ = false; }
  bool until(const condition& holds) override { return comes_true(holds); }
  bool pass_until(const condition& holds) override {
    server_.seconds_until(holds);
    return holds();
  }
  void give_up() override {}
  bool gives_up() const override { return false; }
  std::string received() override {
    while (is_reading_ && client_.is_readable()) {
      const auto more = client_.receive_some();
      if (more.empty())
        break;
      received_ += more;
    }
    return received_;
  }
  std::optional<access_line> access() override {
    const auto all = server_.log.lines.get();
    if (all.empty())
      return std::nullopt;
    return access_line{all.front().target, all.front().status, all.front().outcome};
  }

private:
  test_server server_;
  raw_client client_;
  bool is_reading_ = true;
  std::string received_;
};

} // namespace sluice::testing
