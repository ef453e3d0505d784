// A transport that has octets of its own to send before it can shut down, and can't.

#include "sluice/actors/net/transport.hpp"
#include "sluice/actors/testing/internal/workings.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Passes everything on but the end of our side.
class endless_transport final : public transport {
public:
  explicit endless_transport(std::unique_ptr<transport> inner) : inner_{std::move(inner)} {}

  int watch(event_loop& loop, io_handler& handler) override { return inner_->watch(loop, handler); }
  void unwatch(event_loop& loop, io_handler& handler) noexcept override {
    inner_->unwatch(loop, handler);
  }
  result read(std::span<std::byte> buffer) noexcept override { return inner_->read(buffer); }
  result write(std::span<const iovec> vectors) noexcept override { return inner_->write(vectors); }
  known can_bring(std::size_t octets) const noexcept override { return inner_->can_bring(octets); }
  bool can_look() const noexcept override { return inner_->can_look(); }
  std::vector<std::byte> look(std::size_t most) const override { return inner_->look(most); }
  int take_error() noexcept override { return inner_->take_error(); }
  next shutdown_write() noexcept override { return next::dry; }
  void close() noexcept override { inner_->close(); }
  void abort() noexcept override { inner_->abort(); }

private:
  std::unique_ptr<transport> inner_;
};

} // namespace

TEST_CASE("a transport that can't shut down has the time that a client has to end (S22)") {
  router routes;
  routes.get("/", [](const request&) { return text("fine"); });
  simulation service{routes, {}, workings{nullptr, [](std::unique_ptr<transport> inner) {
                                            return std::make_unique<endless_transport>(
                                              std::move(inner));
                                          }}};
  auto& client = service.connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  service.run();
  CHECK(client.seen().received.ends_with("fine"));
  service.advance(settings{}.linger_deadline - duration{1});
  CHECK(client.is_open());
  service.advance(duration{1});
  CHECK_FALSE(client.is_open());
  CHECK_FALSE(client.is_served());
}
