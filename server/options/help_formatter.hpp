#pragma once

#include <memory>

namespace CLI {
class FormatterBase;
} // namespace CLI

namespace sluice {

/// Lays out --help in place of CLI11's own formatter, whose layout differs from version to version.
/// It knows what `options` makes use of: a purpose, and flags in groups, with at most one value
/// each; no positional arguments, no subcommands, nothing that is required.
[[nodiscard]] std::shared_ptr<CLI::FormatterBase> make_help_formatter();

} // namespace sluice
