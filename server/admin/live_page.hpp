#pragma once

#include <string_view>

namespace sluice {

/// The page that shows stalls live, fed by /stalls/live.
[[nodiscard]] std::string_view live_page() noexcept;
/// Its Content-Security-Policy: it needs nothing from elsewhere.
inline constexpr std::string_view
  live_page_policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                     "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'none'";

} // namespace sluice
