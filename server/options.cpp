#include "server/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <limits>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t kibi = 1024;

/// A number followed by one of the units.
template <class Unit, std::size_t Count>
std::optional<std::uint64_t> parse_with_unit(
  std::string_view text, const std::array<std::pair<std::string_view, Unit>, Count>& units) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{})
    return std::nullopt;
  const std::string_view unit{stop, static_cast<std::size_t>(end - stop)};
  for (const auto& [name, factor] : units)
    if (unit == name) {
      const auto scale = static_cast<std::uint64_t>(factor);
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / scale)
        return std::nullopt;
      return number * scale;
    }
  return std::nullopt;
}

std::string format_duration(duration length) {
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

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> units{
    {{"", 1},
     {"K", kibi},
     {"KiB", kibi},
     {"M", kibi * kibi},
     {"MiB", kibi * kibi},
     {"G", kibi * kibi * kibi},
     {"GiB", kibi * kibi * kibi}}};
  return parse_with_unit(text, units);
}

std::optional<duration> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  if (text == "0")
    return duration::zero();
  const auto ms = parse_with_unit(text, units);
  // A year is longer than anybody waits, and well inside what the clock can count.
  constexpr std::uint64_t most = 366ull * 24 * 3'600'000;
  if (!ms || *ms > most)
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
  const auto& limits = wishes.limits;
  if (limits.low_water >= limits.high_water)
    return "low-water must be less than high-water";
  if (limits.high_water > limits.output_cap)
    return "high-water must be at most output-cap";
  if (limits.chunk_size < kibi)
    return "chunk-size must be at least 1K";
  if (limits.chunk_size > 16 * kibi * kibi)
    return "chunk-size must be at most 16M";
  if (limits.look_ahead > limits.chunk_size)
    return "look-ahead must be at most chunk-size";
  if (limits.control_reserve < kibi)
    return "control-reserve must be at least 1K";
  if (limits.request.target < 16 || limits.request.field_section < 256)
    return "target-limit must be at least 16 and field-section at least 256";
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
    app.set_version_flag("--version", std::string{"sluice "} + SLUICE_VERSION);
    app.set_config("--config", "", "read flags from this file: TOML or INI, long names as keys");
    app.allow_config_extras(CLI::config_extras_mode::error);
    app.get_formatter()->column_width(34);
    add_server();
    add_sizes();
    add_durations();
  }

  template <class Value, class Parse>
  void add(const std::string& flag, Value& place, const std::string& help,
           const std::string& preset, Parse parse) {
    app
      .add_option_function<std::string>(
        flag,
        [&place, flag, parse](const std::string& text) {
          const auto value = parse(text);
          if (!value)
            throw CLI::ValidationError{flag, "'" + text + "' is not valid here"};
          place = static_cast<Value>(*value);
        },
        help)
      ->default_str(preset)
      ->type_name("");
  }

  template <class Value>
  void add_size(const std::string& flag, Value& place, const std::string& help) {
    add(flag, place, help, format_size(place), parse_size);
  }

  void add_duration(const std::string& flag, duration& place, const std::string& help) {
    add(flag, place, help, format_duration(place), parse_duration);
  }

  void add_server() {
    app.add_option("--address", target.address, "IPv4 or IPv6 address to listen on")
      ->capture_default_str()
      ->type_name("");
    app.add_option("--port", target.port, "port to listen on; 0 takes a free one and prints it")
      ->capture_default_str()
      ->type_name("");
    app.add_option("--unix", target.unix_path, "listen on this Unix socket instead")
      ->type_name("PATH");
    app.add_option("--threads", target.threads, "event loops; 0: one a core")
      ->capture_default_str()
      ->type_name("");
    app
      .add_option("--pool-threads", target.pool_threads,
                  "threads for pooled handlers; 0: one a core, at least two")
      ->capture_default_str()
      ->type_name("");
    app.add_option("--max-connections", target.max_connections, "past it accepting pauses")
      ->capture_default_str()
      ->type_name("");
    add("--log-level", target.log_level, "the least that is logged: debug, info, warning or error",
        "info", [](std::string_view text) -> std::optional<severity> {
          for (const auto& [name, level] : levels)
            if (name == text)
              return level;
          return std::nullopt;
        });
    app.add_option("--access-log", target.access_log, "log a line for each request")
      ->capture_default_str()
      ->type_name("");
    app.add_option("--log-file", target.log_file, "log to this file instead of standard error")
      ->type_name("PATH");
  }

  void add_sizes() {
    auto& limits = target.limits;
    add_size("--target-limit", limits.request.target, "longest request target; past it 414");
    add_size("--field-section", limits.request.field_section,
             "longest request line and header section; past it 431");
    app.add_option("--field-count", limits.request.field_count, "most field lines; past it 431")
      ->capture_default_str()
      ->type_name("");
    add_size("--trailer-section", limits.request.trailer_section,
             "longest trailer section; past it 431");
    add_size("--chunk-framing", limits.request.chunk_framing,
             "most chunk framing between content; past it 400");
    add_size("--chunk-size", limits.chunk_size, "most content in one chunk, and in one read");
    add_size("--max-message-size", limits.max_message_size,
             "largest WebSocket message; past it 1009");
    add_size("--look-ahead", limits.look_ahead,
             "octets parsed past a full slot, for Ping and Close");
    add_size("--output-cap", limits.output_cap, "most unsent data of a connection");
    add_size("--control-reserve", limits.control_reserve,
             "what control frames may go past output-cap");
    add_size("--low-water", limits.low_water, "reading resumes when unsent data falls to this");
    add_size("--high-water", limits.high_water, "reading stops when unsent data rises to this");
    add_size("--receive-buffer", limits.receive_buffer, "SO_RCVBUF of a connection");
    add_size("--send-buffer", limits.send_buffer, "SO_SNDBUF of a connection");
    add_size("--drain-content", limits.drain_content,
             "unread content that is discarded to keep a connection");
    add_size("--linger-content", limits.linger_content, "most that is discarded before a close");
  }

  void add_durations() {
    auto& limits = target.limits;
    add_duration("--header-deadline", limits.header_deadline,
                 "first octet to end of a header section");
    add_duration("--content-deadline", limits.content_deadline,
                 "between octets of content, while they are wanted");
    add_duration("--keep-alive", limits.keep_alive, "between two requests");
    add_duration("--handler-deadline", limits.handler_deadline,
                 "for a handler to acknowledge or to answer");
    add_duration("--write-deadline", limits.write_deadline, "for a client to take any octet");
    add_duration("--linger-deadline", limits.linger_deadline,
                 "for a client's end of stream before a close");
    add_duration("--close-deadline", limits.close_deadline, "for the Close that answers ours");
    add_duration("--cancel-grace", limits.cancel_grace,
                 "for a cancelled handler to end before it is killed");
    add_duration("--stall-probe", limits.stall_probe, "between Pings to a stalled WebSocket");
    add_duration("--user-timeout", limits.user_timeout,
                 "for a silent host: TCP_USER_TIMEOUT and keepalive");
    add_duration("--drain-deadline", target.drain_deadline,
                 "for a graceful stop; past it everything is dropped");
  }

  CLI::App app;
  config& target;
};

options::options(std::string program, std::string purpose, config& target)
  : impl_{std::make_unique<impl>(std::move(program), std::move(purpose), target)} {}

options::~options() = default;

void options::add_text(std::string_view flag, std::string& target, std::string_view help) {
  impl_->app.add_option(std::string{flag}, target, std::string{help});
}

void options::add_texts(std::string_view flag, std::vector<std::string>& target,
                        std::string_view help) {
  // One value a flag: what follows is not swallowed.
  impl_->app.add_option(std::string{flag}, target, std::string{help})->allow_extra_args(false);
}

std::optional<int> options::parse(int argc, const char* const* argv) {
  try {
    impl_->app.parse(argc, argv);
  } catch (const CLI::Success& wish) {
    return impl_->app.exit(wish);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s: %s; --help lists the flags\n", impl_->app.get_name().c_str(),
                 error.what());
    return 2;
  }
  const auto wrong = validate(impl_->target);
  if (wrong.empty())
    return std::nullopt;
  std::fprintf(stderr, "%s: %s\n", impl_->app.get_name().c_str(), wrong.c_str());
  return 2;
}

} // namespace sluice
