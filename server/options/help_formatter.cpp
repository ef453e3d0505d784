#include "sluice/server/options/help_formatter.hpp"

#include <CLI/App.hpp>
#include <CLI/FormatterFwd.hpp>

#include <cstddef>
#include <string>

namespace sluice {

namespace {

constexpr std::size_t column = 36; ///< where what a flag does begins

/// The names of a flag, what it takes, and its default, e.g. "--port N=8080".
std::string signature_of(const CLI::Option& flag) {
  auto text = flag.get_name(false, true);
  if (flag.get_type_size() == 0)
    return text;
  text += ' ' + flag.get_type_name();
  if (const auto preset = flag.get_default_str(); !preset.empty())
    text += '=' + preset;
  if (flag.get_items_expected_max() > 1)
    text += " ...";
  return text;
}

std::string line_of(const CLI::Option& flag) {
  auto line = "  " + signature_of(flag);
  if (line.size() >= column)
    line += '\n' + std::string(column, ' ');
  else
    line.resize(column, ' ');
  return line + flag.get_description() + '\n';
}

class help_formatter final : public CLI::FormatterBase {
public:
  std::string make_help(const CLI::App* app, std::string program,
                        CLI::AppFormatMode /*mode*/) const override {
    auto text = app->get_description() + "\nUsage: " + program + " [OPTIONS]\n";
    std::string gap = "\n";
    for (const auto& group : app->get_groups()) {
      text += gap + group + ":\n";
      for (const auto* flag : app->get_options())
        if (flag->get_group() == group)
          text += line_of(*flag);
      gap = "\n\n";
    }
    return text + '\n';
  }
};

} // namespace

std::shared_ptr<CLI::FormatterBase> make_help_formatter() {
  return std::make_shared<help_formatter>();
}

} // namespace sluice
