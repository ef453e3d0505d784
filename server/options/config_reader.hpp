#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
class Config;
} // namespace CLI

namespace sluice {

/// Reads the configuration file of `app` in place of CLI11's own reader, which differs from version
/// to version, cuts values at a '#' even in quotes, and names neither file nor line.
[[nodiscard]] std::shared_ptr<CLI::Config> make_config_reader(CLI::App& app);

/// Why `file` can't be read, as a sentence.
[[nodiscard]] std::string explain_unreadable(const std::string& file);

} // namespace sluice
