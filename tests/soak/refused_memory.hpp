#pragma once

#include <cstddef>
#include <cstdint>

// The soak's program replaces operator new. It counts what is alive, and while refusals are on it
// refuses some of the larger requests of the event loops' threads, as a machine short of memory
// does.

namespace sluice::soak {

/// Requests below this size, in octets, are never refused: nobody survives without a mailbox
/// element of CAF.
inline constexpr std::size_t least_refused = 1024;

/// Says that the calling thread is an event loop's.
void mark_loop_thread() noexcept;
/// From now on, or no longer, one in eight requests is refused.
void refuse_memory(bool on) noexcept;

[[nodiscard]] std::uint64_t requests_refused() noexcept;
/// Allocations by operator new that were not given back.
[[nodiscard]] std::int64_t allocations_alive() noexcept;

} // namespace sluice::soak
