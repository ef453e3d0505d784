#include "sluice/actors/messages/slot.hpp"

#include <cassert>
#include <utility>

namespace sluice {

void slot::deliver(delivery id) noexcept {
  assert(is_empty() && id != nothing);
  outstanding_ = id;
}

acknowledgement slot::acknowledge(delivery id, bool from_handler) noexcept {
  if (!from_handler)
    return acknowledgement::foreign;
  if (is_empty() || id != outstanding_)
    return acknowledgement::late;
  outstanding_ = nothing;
  return acknowledgement::accepted;
}

bool slot::release() noexcept {
  return std::exchange(outstanding_, nothing) != nothing;
}

} // namespace sluice
