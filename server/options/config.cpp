#include "sluice/server/options/config.hpp"

#include "sluice/actors/handler/route_limit_table.hpp"
#include "sluice/actors/net/peer_list.hpp"
#include "sluice/server/options/listen_place.hpp"
#include "sluice/server/options/option_values.hpp"

#include <type_traits>

namespace sluice {

namespace {

constexpr std::uint64_t kibi = 1024;

} // namespace

std::string validate(const config& wishes) {
  using namespace std::chrono_literals;
  const auto& limits = wishes.limits;
  const auto& request = limits.request;
  if (limits.low_water >= limits.high_water)
    return "low-water must be less than high-water";
  if (limits.high_water > with_room_for_messages(limits).output_cap)
    return "high-water must be at most output-cap";
  if (limits.chunk_size < kibi || limits.chunk_size > 16 * kibi * kibi)
    return "chunk-size must be from 1K to 16M";
  if (limits.look_ahead < 256 || limits.look_ahead > limits.chunk_size)
    return "look-ahead must be from 256, so that a Ping fits, to chunk-size";
  if (limits.control_reserve < kibi)
    return "control-reserve must be at least 1K";
  if (limits.max_message_size == 0)
    return "max-message-size must be at least 1";
  if (limits.output_cap != settings{}.output_cap
      && (limits.output_cap < kibi || limits.output_cap - kibi < limits.max_message_size))
    return "output-cap must be at least max-message-size and 1K for its framing, so that a message "
           "can be sent back: "
           + std::to_string(limits.max_message_size + kibi) + " octets";
  if (request.target < 16 || request.field_section < 256 || request.field_count == 0)
    return "target-limit must be at least 16, field-section 256, and field-count 1";
  if (request.target > request.field_section)
    return "target-limit must be at most field-section, of which the request line is a part";
  for (const auto buffer : {limits.receive_buffer, limits.send_buffer})
    if (buffer < 4 * kibi || buffer > kibi * kibi * kibi)
      return "receive-buffer and send-buffer must be from 4K to 1G";
  auto is_any_wrong = false;
  const auto check = [&](duration length) {
    is_any_wrong = is_any_wrong || length < 0s || length > longest_duration;
  };
  for (const auto length : {wishes.drain_deadline, wishes.drain_delay, wishes.loop_lag,
                            limits.header_deadline, limits.keep_alive, limits.linger_deadline})
    check(length);
  for_each_route_limit([&](const auto& each) {
    if constexpr (std::is_same_v<std::decay_t<decltype(each.general)>, duration route_settings::*>)
      check(limits.*each.general);
  });
  if (is_any_wrong)
    return "a duration must be from 0 to 366 days";
  if (limits.user_timeout < 0s || limits.user_timeout > 9h)
    return "user-timeout must be from 0 to 9h, the most that the kernel takes";
  if (wishes.threads > 1024 || wishes.pool_threads > 1024)
    return "threads and pool-threads must be at most 1024";
  if (!wishes.admin.empty() && !parse_listen_place(wishes.admin))
    return "admin must be the path of a Unix socket, or an address and a port like 127.0.0.1:9100";
  if (!peer_list::parse(wishes.trusted_peers))
    return "trusted-peers must be addresses and networks like 10.0.0.0/8, or unix, parted by "
           "commas";
  if (limits.record_events != 0 && (limits.record_events < 8 || limits.record_events > 2000))
    return "record must be from 8 to 2000 events, or 0";
  if (limits.record_content > 256 * kibi)
    return "record-content must be at most 256K";
  if (limits.record_events == 0 && (limits.record_content != 0 || !wishes.record_directory.empty()))
    return "record-content and record-directory need record, how many events are kept";
  if (wishes.loop_lag > 0s && wishes.loop_lag < 10ms)
    return "loop-lag must be at least 10ms, or 0";
  if (wishes.max_connections == 0)
    return "max-connections must be at least 1";
  if (const auto one = memory_bound(limits) + kernel_bound(limits);
      wishes.memory_budget != 0 && wishes.memory_budget < one)
    return "memory-budget must hold at least one connection, " + std::to_string(one) + " octets";
  return {};
}

} // namespace sluice
