// A configuration file. Our own reader, by docs/reference/flags.md, finds the same values for the
// same keys, or refuses the same line. The values of flags: sizes, durations and numbers are what
// their digits and units say; what is written exactly is read as what it was. Setting: whether the
// command line names a text.

#include "sluice/server/options/config_reader.hpp"
#include "sluice/server/options/option_values.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <array>
#include <limits>
#include <map>
#include <sstream>

using namespace sluice::fuzz;

namespace {

/// A number at the front of `text`, at most `most`; takes it off.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t most) {
  std::uint64_t value = 0;
  auto is_there = false;
  auto fits = true;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    const auto digit = static_cast<std::uint64_t>(text.front() - '0');
    fits = fits && value <= (most - std::min(most, digit)) / 10;
    value = fits ? value * 10 + digit : 0;
    is_there = true;
    text.remove_prefix(1);
  }
  return is_there && fits && value <= most ? std::optional{value} : std::nullopt;
}

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

// --- files -------------------------------------------------------------------------------------

using values = std::map<std::string, std::vector<std::string>>;

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && std::string_view{" \t\r"}.find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view{" \t\r"}.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

/// The value behind an equals sign; nothing if it is none.
std::optional<std::string> read_value(std::string_view text) {
  std::string out;
  if (text.empty() || text[0] == '[')
    return std::nullopt;
  if (text[0] == '"' || text[0] == '\'') {
    std::size_t at = 1;
    for (; at < text.size() && text[at] != text[0]; ++at) {
      const auto is_escape = text[at] == '\\' && text[0] == '"';
      if (is_escape && (++at == text.size() || (text[at] != '"' && text[at] != '\\')))
        return std::nullopt;
      out += text[at];
    }
    if (at == text.size())
      return std::nullopt;
    const auto behind = without_blanks(text.substr(at + 1));
    return behind.empty() || behind[0] == '#' ? std::optional{out} : std::nullopt;
  }
  for (const char c : text) {
    if (c == '#' && (out.empty() || out.back() == ' ' || out.back() == '\t'))
      break;
    out += c;
  }
  out = without_blanks(out);
  return out.empty() ? std::nullopt : std::optional{out};
}

/// Reads the file into `out`. @returns the line that is refused; 0 if none is
std::size_t read_file(std::string_view text, bool is_text_given, values& out) {
  values seen;
  std::size_t number = 0;
  for (const auto raw : split(text, '\n')) {
    ++number;
    const auto line = without_blanks(raw);
    if (line.empty() || line[0] == '#' || line[0] == ';')
      continue;
    const auto equals = line.find('=');
    if (line[0] == '[' || equals == std::string_view::npos)
      return number;
    const std::string key{without_blanks(line.substr(0, equals))};
    const auto value = read_value(without_blanks(line.substr(equals + 1)));
    if ((key != "text" && key != "texts" && key != "port") || !value
        || (key != "texts" && seen.count(key) > 0))
      return number;
    seen[key].push_back(*value);
    if (key == "text" && is_text_given)
      continue;
    std::string_view digits = *value;
    if (key == "port" && (!take_number(digits, 65'535) || !digits.empty()))
      return number;
    out[key].push_back(*value);
  }
  return 0;
}

std::string shown(const values& all, std::size_t refused) {
  if (refused > 0)
    return "line " + std::to_string(refused) + " is refused";
  std::string out;
  for (const auto& [key, list] : all)
    for (const auto& value : list)
      out.append(key).append(" = ").append(value).append("\n");
  return out;
}

void check_file(std::string_view text, bool is_text_given) {
  CLI::App app;
  app.set_help_flag();
  app.set_config("--config", "the.conf");
  std::string one;
  std::vector<std::string> many;
  auto port = 0;
  const std::map<std::string, CLI::Option*> options{
    {"text", app.add_option("--text", one)},
    {"texts", app.add_option("--texts", many)->allow_extra_args(false)},
    {"port", app.add_option_function<std::string>("--port", [&](const std::string& given) {
       const auto number = sluice::parse_number<std::uint16_t>(given);
       if (!number)
         throw CLI::ValidationError{"port", "no port"};
       port = *number;
     })}};
  app.add_option("--only-there", one)->configurable(false);
  if (is_text_given)
    options.at("text")->add_result("given");

  values expected;
  if (is_text_given)
    expected["text"].emplace_back("given");
  const auto refused = read_file(text, is_text_given, expected);
  std::istringstream file{std::string{text}};
  std::string found;
  try {
    require(sluice::make_config_reader(app)->from_config(file).empty(),
            "nothing is left for CLI11 to do");
    values read;
    for (const auto& [key, option] : options)
      if (!option->results().empty())
        read[key] = option->results();
    found = shown(read, 0);
    require(read.count("port") == 0 || port == std::stoi(read["port"][0]),
            "a value is at its place");
    require(is_text_given || read.count("text") == 0 || one == read["text"][0],
            "a text is at its place");
  } catch (const CLI::ParseError& wrong) {
    std::string_view said = wrong.what();
    constexpr std::string_view name = "the.conf:";
    require(said.starts_with(name), "the file is named");
    said.remove_prefix(name.size());
    found = shown({}, take_number(said, largest).value_or(0));
    require(said.starts_with(": "), "and its line");
  }
  require_same(found, shown(expected, refused), "a file is its keys and values");
}

// --- values ------------------------------------------------------------------------------------

using units = std::vector<std::pair<std::string_view, std::uint64_t>>;

std::optional<std::uint64_t> read_with_unit(std::string_view text, const units& known,
                                            std::uint64_t most) {
  const auto number = take_number(text, largest);
  for (const auto& [name, factor] : known)
    if (number && text == name && *number <= most / factor)
      return *number * factor;
  return std::nullopt;
}

void check_values(std::string_view text, std::uint64_t drawn) {
  constexpr std::uint64_t kibi = 1024;
  constexpr std::uint64_t most_octets = kibi * kibi * kibi * kibi;
  const units sizes{{"", 1},
                    {"K", kibi},
                    {"KiB", kibi},
                    {"M", kibi * kibi},
                    {"MiB", kibi * kibi},
                    {"G", kibi * kibi * kibi},
                    {"GiB", kibi * kibi * kibi}};
  require(sluice::parse_size(text) == read_with_unit(text, sizes, most_octets),
          "a size is its number of units");
  const auto most_ms = static_cast<std::uint64_t>(
    std::chrono::milliseconds{sluice::longest_duration}.count());
  auto ms = read_with_unit(text, {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}},
                           most_ms);
  if (text == "0")
    ms = 0;
  const auto length = sluice::parse_duration(text);
  require(length.has_value() == ms.has_value()
            && (!ms || *length == std::chrono::milliseconds{*ms}),
          "a duration is its number of units");
  auto digits = text;
  const auto number = take_number(digits, 65'535);
  require(sluice::parse_number<std::uint16_t>(text)
            == (number && digits.empty() ? std::optional{static_cast<std::uint16_t>(*number)}
                                         : std::nullopt),
          "a number is its digits");
  const auto octets = drawn % (most_octets + 1);
  require(sluice::parse_size(sluice::exact_size(octets)) == octets, "an exact size is read");
  const sluice::duration some = std::chrono::milliseconds{drawn % (most_ms + 1)};
  require(sluice::parse_duration(sluice::exact_duration(some)) == some,
          "an exact duration is read");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 1};
  const auto is_text_given = from.setting() != '0';
  const auto text = as_text(from.octets());
  check_file(text, is_text_given);
  const auto first = split(text, '\n')[0];
  std::uint64_t drawn = 0; // any number will do: that of the first line's octets
  for (const char c : first.substr(0, 8))
    drawn = drawn << 8U | static_cast<unsigned char>(c);
  check_values(first, drawn);
}
