#pragma once

#include <string_view>

namespace sluice {

/// The demo's start page: one HTML document that needs nothing else.
[[nodiscard]] std::string_view start_page() noexcept;

} // namespace sluice
