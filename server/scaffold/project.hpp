#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Why a project can't have this name, as a sentence; empty if it can. It becomes names of files,
/// of CMake targets and of a program.
[[nodiscard]] std::string judge_project_name(std::string_view name);

/// Writes a small project that builds against the installed package: handlers, their test, and a
/// program. The folder is made, with those above it, or is there and empty.
/// @pre judge_project_name(name) is empty
/// Throws std::runtime_error, with a sentence, where that can't be; nothing is left then.
void write_project(std::string_view name, const std::string& folder);

} // namespace sluice
