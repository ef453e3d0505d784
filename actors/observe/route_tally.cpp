#include "sluice/actors/observe/route_tally.hpp"

namespace sluice {

static_assert(static_cast<std::size_t>(method::patch) + 1 == route_tally::methods);

void route_tally::add(const route_tally& other) noexcept {
  for (std::size_t i = 0; i < methods; ++i)
    for (std::size_t j = 0; j < status_classes; ++j)
      requests[i][j].add(other.requests[i][j]);
  content_received.add(other.content_received);
  content_sent.add(other.content_sent);
  for (std::size_t i = 0; i < parties; ++i) {
    waits[i].now.add(other.waits[i].now);
    waits[i].past.add(other.waits[i].past);
  }
  acknowledgements.add(other.acknowledgements);
  dead_octets.add(other.dead_octets);
  dead_time.add(other.dead_time);
}

} // namespace sluice
