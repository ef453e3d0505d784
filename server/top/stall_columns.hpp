#pragma once

#include "sluice/server/top/stall_picture.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sluice {

/// `stalls` in columns: a line of headings, and one for each. No line is wider than `width`. Which
/// columns there are depends on `width` alone, so that they stay when a picture follows another;
/// each is as wide as what it shows, if there is room.
[[nodiscard]] std::vector<std::string> stall_lines(std::span<const pictured_stall> stalls,
                                                   std::size_t width);

} // namespace sluice
