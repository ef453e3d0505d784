#include "server/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <istream>
#include <set>
#include <utility>

#include <unistd.h>

namespace sluice {

namespace {

constexpr std::uint64_t kibi = 1024;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<unit, 7> size_units{{{"", 1},
                                          {"K", kibi},
                                          {"KiB", kibi},
                                          {"M", kibi* kibi},
                                          {"MiB", kibi* kibi},
                                          {"G", kibi* kibi* kibi},
                                          {"GiB", kibi* kibi* kibi}}};
constexpr std::array<unit, 4> time_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

// Far more than anybody wants, and far from what sums and clocks can't count.
constexpr std::uint64_t largest_size = kibi * kibi * kibi * kibi;
constexpr std::uint64_t longest_time = 366ull * 24 * 3'600'000; ///< ms

/// A number followed by one of the units, at most `most` altogether.
template <std::size_t Count>
std::optional<std::uint64_t> parse_with_unit(std::string_view text,
                                             const std::array<unit, Count>& units,
                                             std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view name{stop, static_cast<std::size_t>(end - stop)};
  for (const auto& one : units)
    if (one.name == name && number <= most / one.factor)
      return number * one.factor;
  return std::nullopt;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return number;
}

std::optional<bool> parse_switch(std::string_view text) {
  if (text == "true" || text == "on")
    return true;
  if (text == "false" || text == "off")
    return false;
  return std::nullopt;
}

/// Exact, as parse_size reads it.
std::string size_text(std::uint64_t octets) {
  if (octets == 0 || octets % kibi != 0)
    return std::to_string(octets);
  octets /= kibi;
  return octets % kibi == 0 ? std::to_string(octets / kibi) + "M" : std::to_string(octets) + "K";
}

/// As parse_duration reads it.
std::string duration_text(duration length) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
  if (ms == 0)
    return "0";
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

constexpr std::array<std::pair<std::string_view, severity>, 4> levels{{
  {"debug", severity::debug},
  {"info", severity::information},
  {"warning", severity::warning},
  {"error", severity::error},
}};

std::optional<severity> parse_level(std::string_view text) {
  for (const auto& [name, level] : levels)
    if (name == text)
      return level;
  return std::nullopt;
}

std::string level_text(severity level) {
  for (const auto& [name, value] : levels)
    if (value == level)
      return std::string{name};
  return {};
}

// -- the configuration file ----------------------------------------------------

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  return begin == std::string_view::npos
           ? std::string_view{}
           : text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// Reads the file in place of CLI11's own reader, which differs from version to version, cuts
/// values at a '#' even in quotes, and names neither file nor line. Gives each value to its flag,
/// so nothing is left for CLI11 to do.
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

std::string unreadable(const std::string& file) {
  std::error_code ignored;
  std::string why = "it is not a file";
  if (!std::filesystem::is_directory(file, ignored) && ::access(file.c_str(), R_OK) != 0)
    why = std::strerror(errno);
  return "can't read the configuration file " + file + ": " + why;
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, largest_size);
}

std::optional<duration> parse_duration(std::string_view text) {
  if (text == "0")
    return duration::zero();
  const auto ms = parse_with_unit(text, time_units, longest_time);
  if (!ms)
    return std::nullopt;
  return std::chrono::milliseconds{*ms};
}

std::string format_size(std::uint64_t octets) {
  constexpr std::array names{"", " KiB", " MiB", " GiB", " TiB"};
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < names.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  const auto is_whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  std::snprintf(text.data(), text.size(), is_whole ? "%.0f%s" : "%.1f%s", value, names.at(unit));
  return text.data();
}

std::string validate(const config& wishes) {
  using namespace std::chrono_literals;
  const auto& limits = wishes.limits;
  const auto& request = limits.request;
  if (limits.low_water >= limits.high_water)
    return "low-water must be less than high-water";
  if (limits.high_water > limits.output_cap)
    return "high-water must be at most output-cap";
  if (limits.chunk_size < kibi || limits.chunk_size > 16 * kibi * kibi)
    return "chunk-size must be from 1K to 16M";
  if (limits.look_ahead < 256 || limits.look_ahead > limits.chunk_size)
    return "look-ahead must be from 256, so that a Ping fits, to chunk-size";
  if (limits.control_reserve < kibi)
    return "control-reserve must be at least 1K";
  if (limits.max_message_size == 0)
    return "max-message-size must be at least 1";
  if (request.target < 16 || request.field_section < 256 || request.field_count == 0)
    return "target-limit must be at least 16, field-section 256, and field-count 1";
  if (request.target > request.field_section)
    return "target-limit must be at most field-section, of which the request line is a part";
  for (const auto buffer : {limits.receive_buffer, limits.send_buffer})
    if (buffer < 4 * kibi || buffer > kibi * kibi * kibi)
      return "receive-buffer and send-buffer must be from 4K to 1G";
  for (const auto length :
       {wishes.drain_deadline, limits.header_deadline, limits.content_deadline, limits.keep_alive,
        limits.handler_deadline, limits.write_deadline, limits.linger_deadline,
        limits.close_deadline, limits.cancel_grace, limits.stall_probe})
    if (length < 0s || length > std::chrono::milliseconds{longest_time})
      return "a duration must be from 0 to 366 days";
  if (limits.user_timeout < 0s || limits.user_timeout > 9h)
    return "user-timeout must be from 0 to 9h, the most that the kernel takes";
  if (wishes.threads > 1024 || wishes.pool_threads > 1024)
    return "threads and pool-threads must be at most 1024";
  if (wishes.max_connections == 0)
    return "max-connections must be at least 1";
  return {};
}

class options::impl {
public:
  impl(std::string program, std::string purpose, config& wishes)
    : app{std::move(purpose), std::move(program)}, target{wishes} {
    app.set_version_flag("--version", std::string{"sluice "} + SLUICE_VERSION, "print the version");
    app.set_help_flag("-h,--help", "print this");
    app
      .set_config("--config", "",
                  "read flags from this file: lines of key = value, the long names as keys")
      ->type_name("FILE");
    app.config_formatter(std::make_shared<config_reader>(app));
    app.get_formatter()->column_width(36);
    add_server();
    add_log();
    add_sizes();
    add_durations();
  }

  /// `form`: what `parse` takes, for an error. `kind` and `preset`: for the help.
  template <class Value, class Parse>
  void add(const std::string& flag, Value& place, const std::string& help, const std::string& kind,
           const std::string& preset, const std::string& form, Parse parse) {
    const auto take = [&place, flag, form, parse](const std::string& text) {
      const auto value = parse(text);
      if (!value)
        throw CLI::ValidationError{flag, "'" + text + "' is not " + form};
      place = static_cast<Value>(*value);
    };
    app.add_option_function<std::string>(flag, take, help)
      ->default_str(preset)
      ->type_name(kind)
      ->group(group);
  }

  template <class Number>
  void add_number(const std::string& flag, Number& place, const std::string& help,
                  const std::string& form = "a number") {
    add(flag, place, help, "N", std::to_string(place), form, parse_number<Number>);
  }

  template <class Size>
  void add_size(const std::string& flag, Size& place, const std::string& help) {
    add(flag, place, help, "SIZE", size_text(place), "a size like 65536, 64K, 64KiB or 1M",
        parse_size);
  }

  void add_duration(const std::string& flag, duration& place, const std::string& help) {
    add(flag, place, help, "TIME", duration_text(place), "a duration like 500ms, 10s, 5m, 1h or 0",
        parse_duration);
  }

  void add_path(const std::string& flag, std::string& place, const std::string& help) {
    app.add_option(flag, place, help)->type_name("PATH")->group(group);
  }

  void add_server() {
    group = "Server";
    app
      .add_option("--address", target.address,
                  "IPv4 or IPv6 address to listen on; 0.0.0.0 or :: for every one")
      ->default_str(target.address)
      ->type_name("IP")
      ->group(group);
    add_number("--port", target.port, "port to listen on; 0: any free one, which is printed",
               "a port from 0 to 65535");
    add_path("--unix", target.unix_path, "listen on this Unix socket instead");
    add_number("--threads", target.threads, "event loops; 0: one a core");
    add_number("--pool-threads", target.pool_threads,
               "threads for pooled handlers; 0: one a core, at least two");
    add_number("--max-connections", target.max_connections,
               "at most so many, over all threads; past it accepting pauses");
    add_duration("--drain-deadline", target.drain_deadline,
                 "for a graceful stop, after which all is dropped; more than most requests take");
  }

  void add_log() {
    group = "Log";
    add("--log-level", target.log_level, "the least that is logged: debug, info, warning or error",
        "LEVEL", level_text(target.log_level), "debug, info, warning or error", parse_level);
    add("--access-log", target.access_log, "log a line for each request, whatever the level",
        "BOOL", target.access_log ? "true" : "false", "true or false", parse_switch);
    add_path("--log-file", target.log_file, "append to this file instead of standard error");
  }

  void add_sizes() {
    auto& limits = target.limits;
    auto& request = limits.request;
    group =
      "Limits of a request, and of a connection's memory (octets: 65536, 64K, 64KiB, 1M, 1MiB)";
    add_size("--target-limit", request.target, "longest request target; past it 414");
    add_size("--field-section", request.field_section,
             "longest request line and header section; past it 431");
    add_number("--field-count", request.field_count, "most field lines; past it 431");
    add_size("--trailer-section", request.trailer_section, "longest trailer section; past it 431");
    add_size("--chunk-framing", request.chunk_framing,
             "most chunk sizes and extensions between two pieces of content; past it 400");
    add_size("--chunk-size", limits.chunk_size,
             "most content in one chunk and in one read; larger saves few system calls");
    add_size("--max-message-size", limits.max_message_size,
             "largest WebSocket message; past it 1009");
    add_size("--look-ahead", limits.look_ahead,
             "WebSocket octets parsed while the handler is busy, to find Ping and Close");
    add_size("--output-cap", limits.output_cap,
             "most unsent data; by default a largest message and its framing");
    add_size("--control-reserve", limits.control_reserve,
             "what control frames may go past --output-cap");
    add_size("--low-water", limits.low_water, "reading resumes when unsent data falls to this");
    add_size("--high-water", limits.high_water, "reading stops when unsent data rises to this");
    add_size("--receive-buffer", limits.receive_buffer,
             "SO_RCVBUF; the kernel accounts twice as much, but else takes megabytes");
    add_size("--send-buffer", limits.send_buffer, "SO_SNDBUF; the kernel accounts twice as much");
    add_size("--drain-content", limits.drain_content,
             "unread content that is discarded to keep a connection");
    add_size("--linger-content", limits.linger_content,
             "most that is discarded before a close, so that the client sees the response");
  }

  void add_durations() {
    auto& limits = target.limits;
    group = "Deadlines (500ms, 10s, 5m, 1h; 0: none)";
    add_duration("--header-deadline", limits.header_deadline,
                 "first octet to end of a header section");
    add_duration("--content-deadline", limits.content_deadline,
                 "between octets of content, while the handler wants them");
    add_duration("--keep-alive", limits.keep_alive, "between two requests, and before the first");
    add_duration("--handler-deadline", limits.handler_deadline,
                 "for a handler to acknowledge or to answer; past it 503 or 1013");
    add_duration("--write-deadline", limits.write_deadline, "for a client to take any octet");
    add_duration("--linger-deadline", limits.linger_deadline,
                 "for a client's end of stream before a close");
    add_duration("--close-deadline", limits.close_deadline, "for the Close that answers ours");
    add_duration("--cancel-grace", limits.cancel_grace,
                 "for a cancelled handler to end before it is killed");
    add_duration(
      "--stall-probe", limits.stall_probe,
      "between Pings to a WebSocket whose handler is busy: they find clients that are gone");
    add_duration("--user-timeout", limits.user_timeout,
                 "for a silent host: TCP_USER_TIMEOUT and keepalive");
  }

  CLI::App app;
  config& target;
  std::string group; ///< of the flags that are being added
};

options::options(std::string program, std::string purpose, config& target)
  : impl_{std::make_unique<impl>(std::move(program), std::move(purpose), target)} {}

options::~options() = default;

void options::add_text(std::string_view flag, std::string& target, std::string_view help) {
  impl_->app.add_option(std::string{flag}, target, std::string{help})->type_name("TEXT");
}

void options::add_texts(std::string_view flag, std::vector<std::string>& target,
                        std::string_view help) {
  // One value a flag: what follows is not swallowed.
  impl_->app.add_option(std::string{flag}, target, std::string{help})
    ->allow_extra_args(false)
    ->type_name("TEXT");
}

std::optional<int> options::parse(int argc, const char* const* argv) {
  constexpr auto wrong_usage = 2;
  auto& app = impl_->app;
  std::string wrong;
  try {
    // Versions of CLI11 differ in what they make of a second one.
    const auto names_file = [](const char* argument) {
      const std::string_view text{argument};
      return text == "--config" || text.starts_with("--config=");
    };
    if (std::count_if(argv, argv + argc, names_file) > 1)
      throw CLI::ArgumentMismatch{"--config: there can be only one configuration file"};
    app.parse(argc, argv);
    wrong = validate(impl_->target);
  } catch (const CLI::Success& wish) {
    return app.exit(wish);
  } catch (const CLI::FileError&) {
    wrong = unreadable(app.get_config_ptr()->as<std::string>());
  } catch (const CLI::ParseError& error) {
    wrong = error.what();
  }
  if (wrong.empty())
    return std::nullopt;
  std::replace(wrong.begin(), wrong.end(), '\n', ' ');
  std::fprintf(stderr, "sluice: %s; --help lists the flags\n", wrong.c_str());
  return wrong_usage;
}

} // namespace sluice
