#pragma once

#include "sluice/protocol/octets.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::websocket::internal {

/// All-zero for an unmasked frame.
using masking_key = std::array<std::byte, 4>;

/// Copies `source` to `target` and unmasks it; `phase` octets of the frame's payload data came
/// before. The two do not overlap. Source: RFC 6455 sec. 5.3
void unmask(octet_view source, std::byte* target, masking_key key, std::uint64_t phase) noexcept;

/// The same. @returns whether all of what is in `target` then is ASCII
[[nodiscard]] bool unmask_text(octet_view source, std::byte* target, masking_key key,
                               std::uint64_t phase) noexcept;

} // namespace sluice::websocket::internal
