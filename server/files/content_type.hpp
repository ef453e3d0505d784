#pragma once

#include <string_view>

namespace sluice {

/// The media type that the extension of `file_name` stands for, compared without regard to case;
/// "application/octet-stream" for one that is not in the table.
[[nodiscard]] std::string_view content_type_of(std::string_view file_name) noexcept;

} // namespace sluice
