#include "actors/settings.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// What the actors and engines of one connection take beside the octets they hold: socket actor,
/// handler actor with its coroutine frame, llhttp or wslay state, queues. Rounded up from
/// measurement.
constexpr std::size_t engine_state = 16 * 1024;

} // namespace

std::size_t memory_bound(const settings& s, const route_extremes& routes) noexcept {
  // The head is held by the connection and, as a copy, by its handler.
  const auto heads = 2 * (s.request.field_section + s.request.trailer_section);
  // One delivered, and one of the same size being received behind it.
  const auto data = 2 * std::max({s.chunk_size, s.max_message_size, routes.message});
  // What one read brought and nobody has consumed yet.
  const auto kept = s.chunk_size + s.look_ahead;
  return heads + data + kept + s.output_cap + s.control_reserve + routes.deflate + engine_state;
}

std::size_t kernel_bound(const settings& s) noexcept {
  return 2 * (s.receive_buffer + s.send_buffer);
}

} // namespace sluice
