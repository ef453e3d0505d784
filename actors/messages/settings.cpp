#include "sluice/actors/messages/settings.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// What the actors and engines of one connection take beside the octets they hold: socket actor,
/// handler actor with its coroutine frame, llhttp or wslay state, queues. Rounded up from
/// measurement.
constexpr std::size_t engine_state = 16 * 1024;
/// What a send that waits takes beside its octets: in the loop's queue, in that of the messages, in
/// that of the answers.
constexpr std::size_t waiting_send = 512;

} // namespace

settings with_room_for_messages(settings s, const route_extremes& routes) noexcept {
  if (s.output_cap == settings{}.output_cap)
    s.output_cap = std::max(s.output_cap, output_for(std::max(s.max_message_size, routes.message)));
  return s;
}

std::size_t memory_bound(const settings& s, const route_extremes& routes) noexcept {
  // The head is held by the connection and, as a copy, by its handler.
  const auto heads = 2 * (s.request.field_section + s.request.trailer_section);
  // One delivered, and one of the same size being received behind it, whose memory doubles: for a
  // moment the half is there as well.
  const auto largest = std::max({s.chunk_size, s.max_message_size, routes.message});
  const auto data = 2 * largest + largest / 2;
  // What one read brought and nobody has consumed yet.
  const auto kept = s.chunk_size + s.look_ahead;
  // What is left of one response, and the next.
  const auto output = s.low_water + with_room_for_messages(s, routes).output_cap + s.control_reserve
                      + most_waiting_sends * waiting_send;
  const auto record = s.record_events * recorded_event + 2 * s.record_content;
  return heads + data + kept + output + routes.deflate + record + engine_state;
}

std::size_t kernel_bound(const settings& s) noexcept {
  return 2 * (s.receive_buffer + s.send_buffer);
}

} // namespace sluice
