#include "sluice/server/options/options.hpp"

#include "sluice/actors/handler/route_limit_table.hpp"
#include "sluice/server/options/config_reader.hpp"
#include "sluice/server/options/help_formatter.hpp"
#include "sluice/server/options/option_values.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cstdio>
#include <type_traits>
#include <utility>

namespace sluice {

class options::impl {
public:
  impl(std::string program, std::string purpose, config& wishes)
    : app{std::move(purpose), std::move(program)}, target{wishes} {
    app.formatter(make_help_formatter());
    app.option_defaults()->group("Options"); // what CLI11 calls it depends on its version
    app.set_version_flag("--version", std::string{"sluice "} + SLUICE_VERSION, "print the version");
    app.set_help_flag("-h,--help", "print this");
    app
      .set_config("--config", "",
                  "read flags from this file: lines of key = value, the long names as keys")
      ->type_name("FILE");
    app.config_formatter(make_config_reader(app));
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
    add(flag, place, help, "SIZE", exact_size(place), "a size like 65536, 64K, 64KiB or 1M",
        parse_size);
  }

  void add_duration(const std::string& flag, duration& place, const std::string& help) {
    add(flag, place, help, "TIME", exact_duration(place), "a duration like 500ms, 10s, 5m, 1h or 0",
        parse_duration);
  }

  void add_limit(const std::string& flag, std::uint64_t& place, const std::string& help,
                 limit_unit unit) {
    if (unit == limit_unit::octets)
      add_size(flag, place, help);
    else
      add_number(flag, place, help);
  }
  void add_limit(const std::string& flag, duration& place, const std::string& help, limit_unit) {
    add_duration(flag, place, help);
  }
  void add_limit(const std::string& flag, http_probe& place, const std::string& help, limit_unit) {
    add(flag, place, help, "WHOSE", std::string{to_string(place)}, "known, never or always",
        parse_http_probe);
  }
  void add_limit(const std::string& flag, half_close& place, const std::string& help, limit_unit) {
    add(flag, place, help, "POLICY", std::string{to_string(place)}, "answer or cancel",
        parse_half_close);
  }

  /// The flag for what a route may set for itself, as its line in the table says.
  template <class Value>
  void add_route_limit(Value route_settings::*which) {
    for_each_route_limit([&](const auto& each) {
      if constexpr (std::is_same_v<std::decay_t<decltype(each.general)>, Value route_settings::*>)
        if (each.general == which)
          add_limit(std::string{each.flag}, target.limits.*which, std::string{each.help},
                    each.unit);
    });
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
    add_number("--detached-threads", target.detached_threads,
               "detached handlers at once, each with a thread; past it 503; 0: no limit");
    add_number("--max-connections", target.max_connections,
               "at most so many, over all threads; past it accepting pauses");
    add_size("--memory-budget", target.memory_budget,
             "for all connections, each with its whole bound; past it 503; 0: none");
    app
      .add_option("--trusted-peers", target.trusted_peers,
                  "whose X-Request-Id and traceparent are taken over: 10.0.0.0/8,::1,unix")
      ->type_name("LIST")
      ->group(group);
    add_duration("--drain-delay", target.drain_delay,
                 "from SIGTERM to the stop: /readyz says 503 at once, clients are still served");
    add_duration("--drain-deadline", target.drain_deadline,
                 "for a graceful stop, after which all is dropped; more than most requests take");
  }

  void add_log() {
    group = "Log, and what can be seen";
    add("--log-level", target.log_level, "the least that is logged: debug, info, warning or error",
        "LEVEL", name_of(target.log_level), "debug, info, warning or error", parse_level);
    add("--access-log", target.access_log, "log a line for each request, whatever the level",
        "BOOL", target.access_log ? "true" : "false", "true or false", parse_switch);
    add("--log-format", target.log_format, "text, or json: an object a line", "FORM",
        std::string{name_of(target.log_format)}, "text or json", parse_log_form);
    add("--log-query", target.log_query, "false: the log leaves out the query of a target", "BOOL",
        target.log_query ? "true" : "false", "true or false", parse_switch);
    add_path("--log-file", target.log_file, "append to this file instead of standard error");
    app
      .add_option("--admin", target.admin,
                  "serve metrics, stalls and health on this Unix socket, or at IP:PORT")
      ->type_name("PATH")
      ->group(group);
    add_number("--record", target.limits.record_events,
               "keep the last N events of each connection, for who looks and for replay; 0: none");
    add_size("--record-content", target.limits.record_content,
             "and so much of what its client sends, secrets included; 0: only sizes");
    add_path("--record-directory", target.record_directory,
             "write them to a file there when a handler fails; at most 100 files");
    add_duration("--loop-lag", target.loop_lag,
                 "log who holds up an event loop for longer than this; 0: nobody");
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
    add_route_limit(&route_settings::max_message_size);
    add_size("--look-ahead", limits.look_ahead,
             "WebSocket octets parsed while the handler is busy, to find Ping and Close");
    add_size("--output-cap", limits.output_cap,
             "most unsent data; unless set, at least the largest message and 64K");
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
    add_route_limit(&route_settings::content_deadline);
    add_route_limit(&route_settings::content_rate);
    add_duration("--keep-alive", limits.keep_alive, "between two requests, and before the first");
    add_route_limit(&route_settings::handler_deadline);
    add_route_limit(&route_settings::write_deadline);
    add_route_limit(&route_settings::write_rate);
    add_duration("--linger-deadline", limits.linger_deadline,
                 "for a client's end of stream before a close");
    add_route_limit(&route_settings::close_deadline);
    add_route_limit(&route_settings::cancel_grace);
    add_route_limit(&route_settings::stall_probe);
    add_route_limit(&route_settings::probe_http);
    add_route_limit(&route_settings::on_half_close);
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
    wrong = explain_unreadable(app.get_config_ptr()->as<std::string>());
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
