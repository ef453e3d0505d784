#include "sluice/actors/connection/backlog.hpp"

#include "sluice/actors/messages/settings.hpp"

namespace sluice {

bool backlog::has_room(mail_kind kind, std::size_t octets, std::size_t held,
                       const settings& limits) const noexcept {
  const auto waiting = messages_.load(std::memory_order_relaxed);
  switch (kind) {
    case mail_kind::response:
    case mail_kind::down:
    case mail_kind::exit: return true;
    // These are not answered: refused, they would be lost. Places are kept for them.
    case mail_kind::expect_stop:
    case mail_kind::read_content: return waiting < 2 * most_waiting_sends;
    default: break;
  }
  const auto taken = octets_.load(std::memory_order_relaxed) + held;
  const auto cap = limits.output_cap + limits.low_water; // a first response may go past the cap
  return waiting < most_waiting_sends && (octets == 0 || (octets <= cap && taken <= cap - octets));
}

bool backlog::admit(mail_kind kind, std::size_t octets, std::size_t held,
                    const settings& limits) noexcept {
  if (!has_room(kind, octets, held, limits))
    return false;
  messages_.fetch_add(1, std::memory_order_relaxed);
  octets_.fetch_add(octets, std::memory_order_relaxed);
  return true;
}

void backlog::remove(std::size_t octets) noexcept {
  messages_.fetch_sub(1, std::memory_order_relaxed);
  octets_.fetch_sub(octets, std::memory_order_relaxed);
}

} // namespace sluice
