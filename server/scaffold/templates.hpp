#pragma once

#include <span>
#include <string_view>

namespace sluice {

/// A file of a new project: @NAME@ in its name and text stands for the project's name, @VERSION@
/// for ours.
struct project_template {
  std::string_view file;
  std::string_view text;
};

/// What templates/ holds, compiled in: the binary may be moved. server/CMakeLists.txt makes it.
[[nodiscard]] std::span<const project_template> project_templates() noexcept;

} // namespace sluice
