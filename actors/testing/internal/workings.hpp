#pragma once

#include "sluice/actors/connection/loop_context.hpp"

#include <functional>
#include <memory>

namespace sluice {
class transport;
}

namespace sluice::testing {

/// Parts of a simulation's connections that Sluice's own tests replace.
struct workings {
  /// What a connection speaks; null: HTTP/1.1.
  conversation_factory greet = nullptr;
  /// What carries the octets of the client's stream, given that; null: nothing else does.
  std::function<std::unique_ptr<transport>(std::unique_ptr<transport>)> carry;
};

} // namespace sluice::testing
