#include "sluice/server/options/config_reader.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <istream>
#include <set>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace sluice {

namespace {

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  return begin == std::string_view::npos
           ? std::string_view{}
           : text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// Gives each value to its flag, so nothing is left for CLI11 to do.
class config_reader final : public CLI::ConfigBase {
public:
  explicit config_reader(CLI::App& app) : app_{app} {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    options_set seen;
    const auto given = given_options();
    std::string text;
    for (std::size_t number = 1; std::getline(input, text); ++number) {
      const auto line = trim(text);
      if (line.empty() || line.front() == '#' || line.front() == ';')
        continue;
      try {
        read(line, given, seen);
      } catch (const CLI::ParseError& wrong) {
        const auto file = app_.get_config_ptr()->as<std::string>();
        throw CLI::ConfigError{file + ":" + std::to_string(number) + ": " + wrong.what()};
      }
    }
    return {};
  }

private:
  using options_set = std::set<const CLI::Option*>;

  /// What the command line says wins.
  [[nodiscard]] options_set given_options() const {
    options_set given;
    for (const auto* option : app_.get_options())
      if (option->count() > 0)
        given.insert(option);
    return given;
  }

  void read(std::string_view line, const options_set& given, options_set& seen) const {
    if (line.front() == '[')
      refuse("sections are not understood: flags have no groups");
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
      refuse("'" + std::string{line} + "' is not of the form key = value");
    const std::string key{trim(line.substr(0, equals))};
    auto* option = app_.get_option_no_throw("--" + key);
    if (option == nullptr)
      refuse("unknown key '" + key + "'");
    if (!option->get_configurable())
      refuse("'" + key + "' can't stand in a file");
    const auto is_single = option->get_items_expected_max() == 1;
    if (!seen.insert(option).second && is_single)
      refuse("'" + key + "' stands here twice");
    auto value = value_of(key, trim(line.substr(equals + 1)));
    if (given.count(option) > 0)
      return;
    option->add_result(std::move(value));
    if (is_single) // now, for an error that names the line
      option->run_callback();
  }

  [[nodiscard]] static std::string value_of(const std::string& key, std::string_view text) {
    if (text.starts_with('['))
      refuse("'" + key + "' is a list: repeat the key instead");
    if (text.starts_with('"') || text.starts_with('\''))
      return quoted(key, text);
    for (auto hash = text.find('#'); hash != std::string_view::npos;
         hash = text.find('#', hash + 1))
      if (hash == 0 || text[hash - 1] == ' ' || text[hash - 1] == '\t') {
        text = trim(text.substr(0, hash));
        break;
      }
    if (text.empty())
      refuse("'" + key + "' has no value");
    return std::string{text};
  }

  /// In double quotes a backslash takes a backslash or a quote, in single ones it is itself, as in
  /// TOML.
  [[nodiscard]] static std::string quoted(const std::string& key, std::string_view text) {
    const auto quote = text.front();
    std::string value;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != quote; ++at) {
      if (text[at] == '\\' && quote == '"') {
        ++at;
        if (at == text.size() || (text[at] != '\\' && text[at] != '"'))
          refuse("'" + key + "' has a backslash that escapes nothing: use single quotes");
      }
      value += text[at];
    }
    if (at >= text.size())
      refuse("'" + key + "' has a quote that does not end");
    const auto behind = trim(text.substr(at + 1));
    if (!behind.empty() && behind.front() != '#')
      refuse("'" + key + "' has something behind its quotes");
    return value;
  }

  [[noreturn]] static void refuse(std::string why) { throw CLI::ConfigError{std::move(why)}; }

  CLI::App& app_; ///< owns us
};

} // namespace

std::shared_ptr<CLI::Config> make_config_reader(CLI::App& app) {
  return std::make_shared<config_reader>(app);
}

std::string explain_unreadable(const std::string& file) {
  std::error_code ignored;
  std::string why = "it is not a file";
  if (!std::filesystem::is_directory(file, ignored) && ::access(file.c_str(), R_OK) != 0)
    why = std::strerror(errno);
  return "can't read the configuration file " + file + ": " + why;
}

} // namespace sluice
