#include "sluice/server/options/options.hpp"

#include "sluice/server/options/option_values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Catches what is written to a stream of stdio while it lives.
class captured {
public:
  explicit captured(std::FILE* stream) : stream_{stream} {
    std::fflush(stream_);
    REQUIRE(into_ != nullptr);
    ::dup2(::fileno(into_), ::fileno(stream_));
  }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;
  ~captured() {
    restore();
    std::fclose(into_);
  }

  [[nodiscard]] std::string text() {
    restore();
    std::string all;
    std::rewind(into_);
    for (int next = std::fgetc(into_); next != EOF; next = std::fgetc(into_))
      all += static_cast<char>(next);
    return all;
  }

private:
  void restore() {
    if (before_ < 0)
      return;
    std::fflush(stream_);
    ::dup2(before_, ::fileno(stream_));
    ::close(before_);
    before_ = -1;
  }

  std::FILE* stream_;
  int before_ = ::dup(::fileno(stream_));
  std::FILE* into_ = std::tmpfile();
};

/// What became of a command line.
struct outcome {
  std::optional<int> status;
  std::string out;
  std::string error;
  config read;
  std::string root;
  std::vector<std::string> loads;
};

outcome parse(const std::vector<std::string>& arguments) {
  outcome result;
  options flags{"sluice serve", "Serves.", result.read};
  flags.add_text("--root", result.root, "a text");
  flags.add_texts("--load", result.loads, "texts");
  std::vector<const char*> argv{"sluice"};
  for (const auto& argument : arguments)
    argv.push_back(argument.c_str());
  captured out{stdout};
  captured error{stderr};
  result.status = flags.parse(static_cast<int>(argv.size()), argv.data());
  std::fflush(stdout);
  result.error = error.text();
  result.out = out.text();
  return result;
}

/// A configuration file that goes with its test.
class config_file {
public:
  explicit config_file(std::string_view content)
    : path_{(std::filesystem::temp_directory_path() / "sluice-config-XXXXXX").string()} {
    const auto descriptor = ::mkstemp(path_.data());
    REQUIRE(descriptor >= 0);
    ::close(descriptor);
    std::ofstream{path_} << content;
  }
  config_file(const config_file&) = delete;
  config_file& operator=(const config_file&) = delete;
  ~config_file() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  std::string path_;
};

outcome parse_file(std::string_view content, std::vector<std::string> arguments = {}) {
  const config_file file{content};
  arguments.insert(arguments.begin(), {"--config", file.path()});
  auto result = parse(arguments);
  // The tests know the file by this name.
  if (const auto at = result.error.find(file.path()); at != std::string::npos)
    result.error.replace(at, file.path().size(), "FILE");
  return result;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// An error is one line on standard error, says who speaks, and where to find help.
void check_refused(const outcome& result, std::string_view about) {
  CAPTURE(result.error);
  CHECK(result.status == 2);
  CHECK(result.out.empty());
  CHECK(result.error.starts_with("sluice: "));
  CHECK(holds(result.error, about));
  CHECK(holds(result.error, "--help"));
  CHECK(std::count(result.error.begin(), result.error.end(), '\n') == 1);
}

struct size_flag {
  std::string name;
  std::uint64_t (*read)(const config&);
};

const std::vector<size_flag> size_flags{
  {"port", [](const config& c) -> std::uint64_t { return c.port; }},
  {"threads", [](const config& c) -> std::uint64_t { return c.threads; }},
  {"pool-threads", [](const config& c) -> std::uint64_t { return c.pool_threads; }},
  {"detached-threads", [](const config& c) -> std::uint64_t { return c.detached_threads; }},
  {"max-connections", [](const config& c) -> std::uint64_t { return c.max_connections; }},
  {"target-limit", [](const config& c) -> std::uint64_t { return c.limits.request.target; }},
  {"field-section",
   [](const config& c) -> std::uint64_t { return c.limits.request.field_section; }},
  {"field-count", [](const config& c) -> std::uint64_t { return c.limits.request.field_count; }},
  {"trailer-section",
   [](const config& c) -> std::uint64_t { return c.limits.request.trailer_section; }},
  {"chunk-framing",
   [](const config& c) -> std::uint64_t { return c.limits.request.chunk_framing; }},
  {"chunk-size", [](const config& c) -> std::uint64_t { return c.limits.chunk_size; }},
  {"max-message-size", [](const config& c) -> std::uint64_t { return c.limits.max_message_size; }},
  {"look-ahead", [](const config& c) -> std::uint64_t { return c.limits.look_ahead; }},
  {"output-cap", [](const config& c) -> std::uint64_t { return c.limits.output_cap; }},
  {"control-reserve", [](const config& c) -> std::uint64_t { return c.limits.control_reserve; }},
  {"low-water", [](const config& c) -> std::uint64_t { return c.limits.low_water; }},
  {"high-water", [](const config& c) -> std::uint64_t { return c.limits.high_water; }},
  {"receive-buffer", [](const config& c) -> std::uint64_t { return c.limits.receive_buffer; }},
  {"send-buffer", [](const config& c) -> std::uint64_t { return c.limits.send_buffer; }},
  {"drain-content", [](const config& c) -> std::uint64_t { return c.limits.drain_content; }},
  {"linger-content", [](const config& c) -> std::uint64_t { return c.limits.linger_content; }},
  {"content-rate", [](const config& c) -> std::uint64_t { return c.limits.content_rate; }},
  {"write-rate", [](const config& c) -> std::uint64_t { return c.limits.write_rate; }},
};

struct duration_flag {
  std::string name;
  duration (*read)(const config&);
};

const std::vector<duration_flag> duration_flags{
  {"drain-deadline", [](const config& c) { return c.drain_deadline; }},
  {"header-deadline", [](const config& c) { return c.limits.header_deadline; }},
  {"content-deadline", [](const config& c) { return c.limits.content_deadline; }},
  {"keep-alive", [](const config& c) { return c.limits.keep_alive; }},
  {"handler-deadline", [](const config& c) { return c.limits.handler_deadline; }},
  {"write-deadline", [](const config& c) { return c.limits.write_deadline; }},
  {"linger-deadline", [](const config& c) { return c.limits.linger_deadline; }},
  {"close-deadline", [](const config& c) { return c.limits.close_deadline; }},
  {"cancel-grace", [](const config& c) { return c.limits.cancel_grace; }},
  {"stall-probe", [](const config& c) { return c.limits.stall_probe; }},
  {"user-timeout", [](const config& c) { return c.limits.user_timeout; }},
};

} // namespace

// -- units -------------------------------------------------------------------------

TEST_CASE("sizes are octets with a binary unit (options.hpp)") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("65536") == 65536);
  CHECK(parse_size("64K") == 65536);
  CHECK(parse_size("64KiB") == 65536);
  CHECK(parse_size("1M") == 1048576);
  CHECK(parse_size("1MiB") == 1048576);
  CHECK(parse_size("2G") == 2147483648);
  CHECK(parse_size("2GiB") == 2147483648);
  CHECK(parse_size("1024G") == 1099511627776);
  for (const std::string text :
       {"", "K", "64k", "64KB", "64 K", " 64", "64 ", "-1", "+1", "1.5M", "0x10", "1025G",
        "1099511627777", "99999999999999999999", "18014398509481985K"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("durations have a unit unless they are zero (options.hpp)") {
  CHECK(parse_duration("500ms") == duration{500ms});
  CHECK(parse_duration("10s") == duration{10s});
  CHECK(parse_duration("5m") == duration{5min});
  CHECK(parse_duration("1h") == duration{1h});
  CHECK(parse_duration("0") == duration::zero());
  CHECK(parse_duration("0s") == duration::zero());
  CHECK(parse_duration("8784h") == duration{8784h});
  for (const std::string text : {"", "10", "s", "10 s", "10S", "-1s", "1.5s", "1d", "1us", "10sec",
                                 "8785h", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("sizes are printed for people (options.hpp)") {
  CHECK(format_size(0) == "0");
  CHECK(format_size(1023) == "1023");
  CHECK(format_size(64 * 1024) == "64 KiB");
  CHECK(format_size(1536 * 1024) == "1.5 MiB");
  CHECK(format_size(1024) == "1 KiB");
  CHECK(format_size(1024 * 1024) == "1 MiB");
  CHECK(format_size(std::uint64_t{24} << 30) == "24 GiB");
  CHECK(format_size(std::uint64_t{1} << 50) == "1024 TiB");
}

// -- the command line ----------------------------------------------------------------

TEST_CASE("no flag is needed (config.hpp)") {
  const auto result = parse({});
  CHECK_FALSE(result.status.has_value());
  CHECK(result.error.empty());
  CHECK(result.read.port == config{}.port);
  CHECK(validate(config{}).empty());
}

TEST_CASE("every number of the configuration is a flag and a key (config.hpp)") {
  for (const auto& flag : size_flags) {
    CAPTURE(flag.name);
    const auto wish = flag.read(config{}) + 1;
    const auto line = parse({"--" + flag.name, std::to_string(wish)});
    CHECK_FALSE(line.status.has_value());
    CHECK(flag.read(line.read) == wish);
    for (const auto& other : size_flags) // and goes nowhere else
      if (other.name != flag.name)
        CHECK(other.read(line.read) == other.read(config{}));
    const auto file = parse_file(flag.name + " = " + std::to_string(wish));
    CHECK_FALSE(file.status.has_value());
    CHECK(flag.read(file.read) == wish);
    check_refused(parse({"--" + flag.name, "-1"}), "--" + flag.name + ": '-1' is not ");
    check_refused(parse({"--" + flag.name, "many"}), "--" + flag.name + ": 'many' is not ");
  }
}

TEST_CASE("every duration of the configuration is a flag and a key (config.hpp)") {
  for (const auto& flag : duration_flags) {
    CAPTURE(flag.name);
    const auto line = parse({"--" + flag.name + "=1234ms"});
    CHECK_FALSE(line.status.has_value());
    CHECK(flag.read(line.read) == duration{1234ms});
    for (const auto& other : duration_flags)
      if (other.name != flag.name)
        CHECK(other.read(line.read) == other.read(config{}));
    const auto file = parse_file(flag.name + " = '2m'");
    CHECK_FALSE(file.status.has_value());
    CHECK(flag.read(file.read) == duration{2min});
    check_refused(parse({"--" + flag.name, "10"}), "--" + flag.name + ": '10' is not ");
  }
}

TEST_CASE("every text of the configuration is a flag and a key (config.hpp)") {
  const auto line = parse({"--address", "::1", "--unix", "/run/a b", "--log-file", "x",
                           "--log-level", "debug", "--access-log", "false"});
  const auto file = parse_file(
    "address = '::1'\nunix = \"/run/a b\"\nlog-file = x\nlog-level = debug\n"
    "access-log = false\n");
  for (const auto* result : {&line, &file}) {
    CHECK_FALSE(result->status.has_value());
    CHECK(result->read.address == "::1");
    CHECK(result->read.unix_path == "/run/a b");
    CHECK(result->read.log_file == "x");
    CHECK(result->read.log_level == severity::debug);
    CHECK_FALSE(result->read.access_log);
  }
}

TEST_CASE("what the log shows and what is recorded are flags and keys (config.hpp)") {
  const auto line = parse({"--log-format", "json", "--log-query", "false", "--trusted-peers",
                           "10.0.0.0/8,unix", "--record", "100", "--record-content", "64K",
                           "--record-directory", "/var/lib/a b"});
  const auto file = parse_file(
    "log-format = json\nlog-query = false\ntrusted-peers = \"10.0.0.0/8,unix\"\nrecord = 100\n"
    "record-content = 64K\nrecord-directory = \"/var/lib/a b\"\n");
  for (const auto* result : {&line, &file}) {
    CHECK_FALSE(result->status.has_value());
    CHECK(result->read.log_format == log_form::json);
    CHECK_FALSE(result->read.log_query);
    CHECK(result->read.trusted_peers == "10.0.0.0/8,unix");
    CHECK(result->read.limits.record_events == 100);
    CHECK(result->read.limits.record_content == 64 * 1024);
    CHECK(result->read.record_directory == "/var/lib/a b");
  }
  CHECK(parse({"--log-format", "text"}).read.log_format == log_form::text);
  check_refused(parse({"--log-format", "xml"}), "--log-format: 'xml' is not text or json");
  check_refused(parse({"--trusted-peers", "localhost"}), "trusted-peers must be addresses");
  check_refused(parse({"--record-directory", "/tmp"}), "need record");
  check_refused(parse({"--record-content", "1K"}), "need record");
}

TEST_CASE("log levels have the names that people know (options.hpp)") {
  CHECK(parse({"--log-level", "info"}).read.log_level == severity::information);
  CHECK(parse({"--log-level", "warning"}).read.log_level == severity::warning);
  CHECK(parse({"--log-level", "error"}).read.log_level == severity::error);
  check_refused(parse({"--log-level", "loud"}),
                "--log-level: 'loud' is not debug, info, warning or error");
}

TEST_CASE("a program adds flags of its own (options.hpp)") {
  const auto result = parse({"--root", "/srv", "--load", "a.so", "--load", "b.so"});
  CHECK_FALSE(result.status.has_value());
  CHECK(result.root == "/srv");
  CHECK(result.loads == std::vector<std::string>{"a.so", "b.so"});
}

TEST_CASE("a wrong command line is refused with status 2 (options.hpp)") {
  check_refused(parse({"--nonsense"}), "--nonsense");
  check_refused(parse({"nonsense"}), "nonsense");
  check_refused(parse({"--port"}), "--port");
  check_refused(parse({"--port", "65536"}), "--port: '65536' is not a port from 0 to 65535");
  check_refused(parse({"--port", "1", "--port", "2"}), "--port");
  check_refused(parse({"--access-log", "perhaps"}), "--access-log: 'perhaps' is not true or false");
  check_refused(parse({"--load", "a.so", "b.so"}), "b.so");
}

TEST_CASE("help goes to standard output and shows every default (options.hpp)") {
  const auto result = parse({"--help"});
  CHECK(result.status == 0);
  CHECK(result.error.empty());
  for (const auto& flag : size_flags)
    CHECK(holds(result.out, "--" + flag.name + " "));
  for (const auto& flag : duration_flags)
    CHECK(holds(result.out, "--" + flag.name + " "));
  CHECK(holds(result.out, "--root"));
  for (const auto* preset : {"127.0.0.1", "8080", "1088K", "64K", "30s", "info", "true"}) {
    CAPTURE(preset);
    CHECK(holds(result.out, preset));
  }
}

TEST_CASE("help is laid out alike with every CLI11 (help_formatter.hpp)") {
  const auto text = parse({"--help"}).out;
  CHECK(text.starts_with(R"(Serves.
Usage: sluice serve [OPTIONS]

Options:
  --version                         print the version
  -h,--help                         print this
  --config FILE                     read flags from this file: lines of key = value, the long names as keys
  --root TEXT                       a text
  --load TEXT ...                   texts


Server:
  --address IP=127.0.0.1            IPv4 or IPv6 address to listen on; 0.0.0.0 or :: for every one
  --port N=8080                     port to listen on; 0: any free one, which is printed
  --unix PATH                       listen on this Unix socket instead
)"));
  CHECK(text.ends_with("keepalive\n\n"));
}

TEST_CASE("what a flag does begins in a line of its own where the flag fills its column "
          "(help_formatter.hpp)") {
  config unused;
  std::string text;
  options flags{"sluice", "Serves.", unused};
  flags.add_text("--" + std::string(26, 'a'), text, "fits");
  flags.add_text("--" + std::string(27, 'b'), text, "does not");
  constexpr std::array argv{"sluice", "--help"};
  captured out{stdout};
  CHECK(flags.parse(argv.size(), argv.data()) == 0);
  const auto help = out.text();
  CHECK(holds(help, "\n  --" + std::string(26, 'a') + " TEXT fits\n"));
  CHECK(
    holds(help, "\n  --" + std::string(27, 'b') + " TEXT\n" + std::string(36, ' ') + "does not\n"));
}

TEST_CASE("the version goes to standard output (options.hpp)") {
  const auto result = parse({"--version"});
  CHECK(result.status == 0);
  CHECK(result.error.empty());
  CHECK(result.out.starts_with("sluice "));
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 1);
}

// -- the whole -----------------------------------------------------------------------

TEST_CASE("wishes that contradict each other are refused (options.hpp)") {
  check_refused(parse({"--low-water", "256K"}), "low-water");
  check_refused(parse({"--output-cap", "1M"}), "max-message-size");
  check_refused(parse({"--max-connections", "0"}), "max-connections");
  CHECK(parse({"--high-water", "2M", "--max-message-size", "4M"}).error.empty()); // raises the cap
}

TEST_CASE("policies are flags and keys of a few words (config.hpp)") {
  for (const auto which : {http_probe::never, http_probe::known, http_probe::always}) {
    const std::string word{to_string(which)};
    CHECK(parse({"--probe-http", word}).read.limits.probe_http == which);
    CHECK(parse_file("probe-http = " + word).read.limits.probe_http == which);
  }
  for (const auto policy : {half_close::answer, half_close::cancel}) {
    const std::string word{to_string(policy)};
    CHECK(parse({"--half-close", word}).read.limits.on_half_close == policy);
    CHECK(parse_file("half-close = " + word).read.limits.on_half_close == policy);
  }
  check_refused(parse({"--probe-http", "sometimes"}), "--probe-http: 'sometimes' is not ");
  check_refused(parse({"--half-close", "ignore"}), "--half-close: 'ignore' is not ");
}

TEST_CASE("a budget of memory is a flag and a key (config.hpp)") {
  CHECK(parse({"--memory-budget", "1G"}).read.memory_budget == 1073741824);
  CHECK(parse_file("memory-budget = 1G").read.memory_budget == 1073741824);
  check_refused(parse({"--memory-budget", "1"}), "memory-budget");
}

// -- the configuration file --------------------------------------------------------------

TEST_CASE("a configuration file holds flags by their long names (options.hpp)") {
  const auto result = parse_file("# a comment\n"
                                 "; another\n"
                                 "\r\n"
                                 "port=81\r\n"
                                 "  threads =  3   # behind a value\n"
                                 "root = /srv/a#b\n"
                                 "log-file = \"/var/log/a # \\\"b\\\" \\\\ c\" # quoted\n"
                                 "unix = 'C:\\it'\n"
                                 "load = a.so\n"
                                 "load = b.so");
  CHECK(result.error.empty());
  CHECK(result.read.port == 81);
  CHECK(result.read.threads == 3);
  CHECK(result.root == "/srv/a#b");
  CHECK(result.read.log_file == "/var/log/a # \"b\" \\ c");
  CHECK(result.read.unix_path == "C:\\it");
  CHECK(result.loads == std::vector<std::string>{"a.so", "b.so"});
}

TEST_CASE("the command line wins over the configuration file (options.hpp)") {
  const auto result = parse_file("port = 81\nthreads = 3\naccess-log = true\nload = a.so\n",
                                 {"--port", "82", "--access-log", "false", "--load", "b.so"});
  CHECK(result.error.empty());
  CHECK(result.read.port == 82);
  CHECK(result.read.threads == 3);
  CHECK_FALSE(result.read.access_log);
  CHECK(result.loads == std::vector<std::string>{"b.so"});
}

TEST_CASE("an error of the configuration file names file and line and key (options.hpp)") {
  check_refused(parse_file("port = 81\nnonsense = 1\n"), "FILE:2: unknown key 'nonsense'");
  check_refused(parse_file("\n\nport = 65536\n"), "FILE:3: --port: '65536' is not a port");
  check_refused(parse_file("keep-alive = 10\n"), "FILE:1: --keep-alive: '10' is not a duration");
  check_refused(parse_file("access-log = perhaps"), "FILE:1: --access-log: 'perhaps'");
  check_refused(parse_file("port\n"), "FILE:1: 'port' is not of the form key = value");
  check_refused(parse_file("port =\n"), "FILE:1: 'port' has no value");
  check_refused(parse_file("port = # 81\n"), "FILE:1: 'port' has no value");
  check_refused(parse_file("= 1\n"), "FILE:1: unknown key ''");
  check_refused(parse_file("port = 81\nport = 82\n"), "FILE:2: 'port' stands here twice");
  check_refused(parse_file("[server]\nport = 81\n"), "FILE:1: sections");
  check_refused(parse_file("load = ['a', 'b']\n"), "FILE:1: 'load' is a list");
  check_refused(parse_file("root = \"a\n"), "FILE:1: 'root' has a quote that does not end");
  check_refused(parse_file("root = 'a' b\n"), "FILE:1: 'root' has something behind its quotes");
  check_refused(parse_file("root = \"a\\b\"\n"), "FILE:1: 'root' has a backslash");
  check_refused(parse_file("config = other\n"), "FILE:1: 'config' can't stand in a file");
  check_refused(parse_file("help = true\n"), "FILE:1: 'help' can't stand in a file");
}

TEST_CASE("wishes of the file that contradict each other are refused (options.hpp)") {
  check_refused(parse_file("low-water = 1G\n"), "low-water");
}

TEST_CASE("a configuration file that can't be read is refused by name (options.hpp)") {
  check_refused(parse({"--config", "/nonexistent/sluice.toml"}),
                "/nonexistent/sluice.toml: No such file");
  check_refused(parse({"--config", "/"}), "configuration file /: it is not a file");
  check_refused(parse({"--config"}), "--config");
  check_refused(parse({"--config", "/a", "--config", "/b"}), "--config");
}

TEST_CASE("an empty configuration file changes nothing (options.hpp)") {
  CHECK(parse_file("").error.empty());
  CHECK(parse_file("").read.port == config{}.port);
}
