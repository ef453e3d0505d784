#pragma once

#include "sluice/protocol/octets.hpp"

#include <cstddef>

namespace sluice::websocket::internal {

/// Where the first octet of `text` stands that is not ASCII; text.size() if all are.
[[nodiscard]] std::size_t ascii_prefix(octet_view text) noexcept;

} // namespace sluice::websocket::internal
