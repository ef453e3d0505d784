#pragma once

#include <cstdint>

// The soak's program replaces operator new. It counts what is alive, and while refusals are on it
// refuses some requests of every thread but the soak's own, whatever their size and whoever makes
// them, as a machine short of memory does.

namespace sluice::soak {

/// Says that the calling thread judges and is never refused.
void spare_this_thread() noexcept;
/// From now on one in so many requests is refused; none any more for 0.
void refuse_memory(unsigned one_in_so_many) noexcept;

[[nodiscard]] std::uint64_t requests_refused() noexcept;
/// Allocations by operator new that were not given back.
[[nodiscard]] std::int64_t allocations_alive() noexcept;

} // namespace sluice::soak
