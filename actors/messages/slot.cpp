#include "sluice/actors/messages/slot.hpp"

#include <cassert>
#include <utility>

namespace sluice {

void slot::deliver(delivery id) noexcept {
  assert(is_empty());
  outstanding_ = true;
  current_ = id;
}

acknowledgement slot::acknowledge(delivery id, bool from_handler) noexcept {
  if (!from_handler)
    return acknowledgement::foreign;
  if (!outstanding_ || id != current_)
    return acknowledgement::late;
  outstanding_ = false;
  return acknowledgement::accepted;
}

bool slot::release() noexcept {
  return std::exchange(outstanding_, false);
}

} // namespace sluice
