#pragma once

#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/net/transport.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace sluice::testing {

/// A transport as TLS is one: it brings 16 KiB a read, whatever is asked for and however much
/// waits; now and then it is dry in the middle, and says later that there is more; what it holds
/// can't be looked at, nor counted; and to shut down takes it a moment.
class reluctant_transport final : public transport, private io_handler {
public:
  explicit reluctant_transport(std::unique_ptr<transport> inner) : inner_{std::move(inner)} {}
  ~reluctant_transport() override { *is_alive_ = false; }

  int watch(event_loop& loop, io_handler& handler) override {
    loop_ = &loop;
    handler_ = &handler;
    return inner_->watch(loop, *this);
  }
  void unwatch(event_loop& loop, io_handler&) noexcept override {
    handler_ = nullptr;
    inner_->unwatch(loop, *this);
  }
  result read(std::span<std::byte> buffer) noexcept override {
    constexpr std::size_t record = 16 * 1024;
    if (++reads_ % 3 == 0) {
      tell_later(readiness::readable);
      return {};
    }
    auto came = inner_->read(buffer.first(std::min(buffer.size(), record)));
    // That the kernel has no more is found out by the next read.
    if (came.octets > 0 && came.then == next::dry)
      came.then = next::more;
    return came;
  }
  result write(std::span<const iovec> vectors) noexcept override { return inner_->write(vectors); }
  known can_bring(std::size_t) const noexcept override { return known::unknown; }
  bool can_look() const noexcept override { return false; }
  std::vector<std::byte> look(std::size_t) const override { return {}; }
  kernel_octets in_kernel() const noexcept override { return inner_->in_kernel(); }
  int take_error() noexcept override { return inner_->take_error(); }
  next shutdown_write() noexcept override {
    if (!std::exchange(is_shutting_, true)) {
      tell_later(readiness::writable);
      return next::dry;
    }
    return inner_->shutdown_write();
  }
  void close() noexcept override { inner_->close(); }
  void abort() noexcept override { inner_->abort(); }

private:
  void on_ready(readiness what) override {
    if (handler_ != nullptr)
      handler_->on_ready(what);
  }
  void tell_later(readiness what) {
    post_call(*loop_, [this, what, alive = is_alive_] {
      if (*alive)
        on_ready(what);
    });
  }

  std::unique_ptr<transport> inner_;
  event_loop* loop_ = nullptr;
  io_handler* handler_ = nullptr;
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
  unsigned reads_ = 0;
  bool is_shutting_ = false;
};

} // namespace sluice::testing
