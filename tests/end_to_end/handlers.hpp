#pragma once

#include "sluice/sluice.hpp"
#include "tests/support/test_server.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::testing {

/// What a handler under test went through.
struct handler_notes {
  int data = 0; ///< chunks or messages delivered
  std::size_t octets = 0;
  int ends = 0;
  int closes = 0;
  std::vector<cancel_reason> cancelled;
  bool destroyed = false;
};
using shared_log = std::shared_ptr<observed<handler_notes>>;

/// A handler that takes what it is given and never acknowledges.
inline behavior_handler never_acknowledges(shared_log log) {
  return {[log](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
            const auto hold = std::make_shared<std::vector<caf::response_promise>>();
            const auto take = [log, self, hold](std::size_t size) {
              hold->push_back(self->make_response_promise());
              log->update([&](auto& all) {
                ++all.data;
                all.octets += size;
              });
            };
            self->attach_functor([log, hold] {
              hold->clear();
              log->update([](auto& all) { all.destroyed = true; });
            });
            return {
              [take](const chunk& piece) { take(piece.content.size()); },
              [take](const message& next) { take(next.size()); },
              [log](const end_of_content&) { log->update([](auto& all) { ++all.ends; }); },
              [log](const closed&) { log->update([](auto& all) { ++all.closes; }); },
              [log, self](const cancelled& order) {
                log->update([&](auto& all) { all.cancelled.push_back(order.reason); });
                self->quit();
              },
            };
          },
          true};
}

/// Notes the end of the coroutine that it lives in.
class tombstone {
public:
  explicit tombstone(shared_log log) : log_{std::move(log)} {}
  tombstone(const tombstone&) = delete;
  tombstone& operator=(const tombstone&) = delete;
  ~tombstone() {
    log_->update([](auto& all) { all.destroyed = true; });
  }

private:
  shared_log log_;
};

} // namespace sluice::testing
