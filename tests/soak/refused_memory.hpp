#pragma once

#include <cstddef>
#include <cstdint>

// The soak's program replaces operator new. It counts what is alive, and while refusals are on it
// refuses some requests, as a machine short of memory does: the larger ones of the event loops'
// threads, or with --any-memory those of every thread but the soak's own, whatever their size.

namespace sluice::soak {

/// Without --any-memory requests below this size, in octets, are not refused.
inline constexpr std::size_t least_refused = 1024;

/// Says that the calling thread judges and is never refused.
void spare_this_thread() noexcept;
/// Says that the calling thread is an event loop's.
void mark_loop_thread() noexcept;
/// From now on one in so many requests is refused; none any more for 0.
void refuse_memory(unsigned one_in_so_many, bool any) noexcept;

[[nodiscard]] std::uint64_t requests_refused() noexcept;
/// Allocations by operator new that were not given back.
[[nodiscard]] std::int64_t allocations_alive() noexcept;

} // namespace sluice::soak
