#pragma once

#include "sluice/actors/loop/event_loop.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace sluice::testing {

/// A descriptor that is ready to be read, and what to do about it.
class ready_descriptor final : public io_handler {
public:
  explicit ready_descriptor(std::function<void()> call) : call_{std::move(call)} {}
  ~ready_descriptor() override { ::close(descriptor); }
  void on_ready(readiness what) override {
    CHECK(has(what, readiness::readable));
    call_();
  }

  const int descriptor = ::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);

private:
  std::function<void()> call_;
};

} // namespace sluice::testing
