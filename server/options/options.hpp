#pragma once

#include "sluice/server/options/config.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The command line and configuration file of a server program. Every member of `config` and
/// `settings` is a flag, and every flag may stand in the file that `--config` names, under its long
/// name; the command line wins. Sizes are octets with an optional K, M or G (powers of 1024);
/// durations a number with ms, s, m or h.
///
/// The file is lines of `key = value`: TOML without tables and lists, so INI without sections. A
/// value is bare, or in quotes; '#' starts a comment. A flag that may be repeated is a key that may
/// be repeated.
class options {
public:
  /// `program`: as it is called, e.g. "sluice serve". Results go to `target`, which holds the
  /// defaults.
  options(std::string program, std::string purpose, config& target);
  options(const options&) = delete;
  options& operator=(const options&) = delete;
  ~options();

  /// Adds a flag of the program's own that takes a text; `many`: may be repeated.
  void add_text(std::string_view flag, std::string& target, std::string_view help);
  void add_texts(std::string_view flag, std::vector<std::string>& target, std::string_view help);

  /// Reads the command line. Prints help or the version to standard output, errors to standard
  /// error.
  /// @returns the exit status if the program is to end now: 0 after --help or --version, 2 after an
  /// error
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
