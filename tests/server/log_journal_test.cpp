#include "sluice/server/service/log_journal.hpp"

#include "tests/support/log_file.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

std::unique_ptr<log_journal> open(const config& wishes) {
  return log_journal::make(wishes);
}

} // namespace

TEST_CASE("what could forge or hide a log line is escaped (log_journal.hpp)") {
  CHECK(escape_for_log("/a?b=c%20d") == "/a?b=c%20d");
  CHECK(escape_for_log("") == "");
  CHECK(escape_for_log("a\"b\\c") == "a\\\"b\\\\c");
  CHECK(escape_for_log("a\r\nb\tc") == "a\\x0d\\x0ab\\x09c");
  CHECK(escape_for_log(std::string_view{"a\0b", 3}) == "a\\x00b");
  CHECK(escape_for_log("\x1b[2J\x7f") == "\\x1b[2J\\x7f");
  CHECK(escape_for_log("\xc2\x9b") == "\\xc2\\x9b");
}

TEST_CASE("a long text is cut in the log (log_journal.hpp)") {
  CHECK(escape_for_log("abcd", 4) == "abcd");
  CHECK(escape_for_log("abcde", 4) == "abcd...");
  CHECK(escape_for_log(std::string(256, 'a')) == std::string(256, 'a'));
  CHECK(escape_for_log(std::string(257, 'a')) == std::string(256, 'a') + "...");
}

TEST_CASE("a request is one line of the access log (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  {
    const auto log = open(logging_to(file));
    access_record record;
    record.peer = "127.0.0.1:50000";
    record.method = "GET";
    record.target = "/a\"\nforged";
    record.route = "/{name}\"x";
    record.status = 404;
    record.octets_received = 17;
    record.octets_sent = 4711;
    record.took = std::chrono::microseconds{1500};
    record.outcome = "complete";
    log->access(record);
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 1);
  for (const auto* part : {"127.0.0.1:50000", "GET /a\\\"\\x0aforged\" 404", " in=17 ",
                           " out=4711 ", " ms=1.500 ", " route=\"/{name}\\\"x\" ", " complete"}) {
    CAPTURE(part);
    CHECK(holds(lines.front(), part));
  }
}

TEST_CASE("who a request was and whose is in its line (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  auto is_query_told = true;
  SUBCASE("with its query") {}
  SUBCASE("without, where that is to be left out") {
    is_query_told = false;
  }
  wishes.log_query = is_query_told;
  {
    access_record record;
    record.target = "/a?token=secret";
    record.protocol = "HTTP/1.1";
    record.user_agent = "curl/8 \"\n";
    record.request_id = "0123456789abcdef";
    record.trace_id = "0af7651916cd43dd8448eb211c80319c";
    record.outcome = "complete";
    open(wishes)->access(record);
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 1);
  for (const auto* part :
       {" proto=HTTP/1.1 ", " id=0123456789abcdef ", " trace=0af7651916cd43dd8448eb211c80319c ",
        " agent=\"curl/8 \\\"\\x0a\" "}) {
    CAPTURE(part);
    CHECK(holds(lines.front(), part));
  }
  CHECK(holds(lines.front(), is_query_told ? "/a?token=secret\"" : "/a\""));
  CHECK(holds(lines.front(), "secret") == is_query_told);
}

TEST_CASE("a line is a JSON object by choice (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  wishes.log_format = log_form::json;
  wishes.log_query = false;
  {
    const auto log = open(wishes);
    access_record record;
    record.peer = "127.0.0.1:50000";
    record.method = "GET";
    record.target = "/a\"\n?b";
    record.status = 404;
    record.octets_received = 17;
    record.octets_sent = 4711;
    record.took = std::chrono::microseconds{1500};
    record.route = "/{name}";
    record.protocol = "HTTP/1.1";
    record.user_agent = "a \xff %v {} \xc2\x9b\x7f";
    record.request_id = "the-id";
    record.trace_id = "the-trace";
    record.outcome = "complete";
    log->access(record);
    log->report(severity::warning, "of \"nobody\"");
    log->report_of({severity::error, "of one", "/{name}", "the-id"});
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines)
    for (const auto character : line)
      CHECK((character >= ' ' && character <= '~')); // nothing that a terminal obeys
  std::vector<nlohmann::json> all;
  for (const auto& line : lines)
    all.push_back(nlohmann::json::parse(line));
  for (auto& each : all) {
    const auto time = each.at("time").get<std::string>();
    CHECK(time.size() == std::string_view{"2026-12-01T16:00:00.000+01:00"}.size());
    each.erase("time");
  }
  CHECK(all[0]
        == nlohmann::json({{"level", "access"},
                           {"peer", "127.0.0.1:50000"},
                           {"method", "GET"},
                           {"target", "/a\"\n"},
                           {"protocol", "HTTP/1.1"},
                           {"status", 404},
                           {"octets_in", 17},
                           {"octets_out", 4711},
                           {"ms", 1.5},
                           {"route", "/{name}"},
                           {"request_id", "the-id"},
                           {"trace_id", "the-trace"},
                           {"user_agent", "a \xef\xbf\xbd %v {} \xc2\x9b\x7f"},
                           {"outcome", "complete"}}));
  CHECK(all[1] == nlohmann::json({{"level", "warning"}, {"text", "of \"nobody\""}}));
  CHECK(
    all[2]
    == nlohmann::json(
      {{"level", "error"}, {"text", "of one"}, {"route", "/{name}"}, {"request_id", "the-id"}}));
}

TEST_CASE("what a handler says carries its route and its request's id (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  wishes.log_level = severity::information;
  {
    const auto log = open(wishes);
    log->report_of({severity::debug, "too much", "/a", "1"});
    log->report_of({severity::information, "a\nb", "/a", "the-id"});
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 1);
  CHECK(holds(lines.front(), R"(info a\x0ab route="/a" id=the-id)"));
}

TEST_CASE("reports below the wished level are left out (config.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  wishes.log_level = severity::warning;
  {
    const auto log = open(wishes);
    log->report(severity::debug, "one");
    log->report(severity::information, "two");
    log->report(severity::warning, "three\nlines\nin one");
    log->report(severity::error, "four");
    log->access({});
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 3);
  CHECK(holds(lines[0], "three"));
  CHECK(holds(lines[1], "four"));
}

TEST_CASE("access lines are wanted as configured (config.hpp)") {
  const scratch_directory directory;
  auto wishes = logging_to(directory.file("log"));
  CHECK(open(wishes)->wants_access());
  wishes.access_log = false;
  CHECK_FALSE(open(wishes)->wants_access());
}

TEST_CASE("a log is appended to (config.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  open(logging_to(file))->report(severity::error, "one");
  open(logging_to(file))->report(severity::error, "two");
  CHECK(lines_of(file).size() == 2);
}

TEST_CASE("a flush returns when everything before it is in the file (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  const auto log = open(logging_to(file));
  CHECK(log->flush());
  for (std::size_t count = 1; count <= 100; ++count) {
    log->report(severity::error, "line");
    REQUIRE(log->flush());
    CHECK(lines_of(file).size() == count);
  }
}

TEST_CASE("a log file that can't be opened is an error that names it (log_journal.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("missing/log");
  const auto sentence = "can't open the log file " + file + ": No such file or directory";
  CHECK_THROWS_WITH_AS(static_cast<void>(log_journal::make(logging_to(file))), sentence.c_str(),
                       std::runtime_error);
  CHECK_FALSE(std::filesystem::exists(directory.file("missing")));
}

TEST_CASE("a log that nobody reads blocks neither who logs nor the exit (log_journal.hpp)") {
  std::signal(SIGPIPE, SIG_IGN); // as serve does
  const scratch_directory directory;
  const auto pipe = directory.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  auto log = open(logging_to(pipe));
  const std::string line(1000, 'x');
  for (auto i = 0; i < 20'000; ++i) // a pipe takes 64 KiB, the queue 8192 lines
    log->report(severity::error, line);
  CHECK_FALSE(log->flush(std::chrono::milliseconds{1}));

  SUBCASE("the reader goes away") {
    ::close(reader);
    CHECK(log->flush());
    log.reset();
  }
  SUBCASE("the reader stays and does not read") {
    log.reset(); // waits for log_journal::patience
    ::close(reader);
  }
}

TEST_CASE("what a log loses is counted in its last line (log_journal.hpp)") {
  const scratch_directory directory;
  const auto pipe = directory.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  constexpr auto count = 20'000; // a pipe takes 64 KiB, the queue 8192 lines
  auto log = open(logging_to(pipe));
  for (auto i = 0; i < count; ++i)
    log->report(severity::error, "a line");
  std::string text;
  std::thread reading{[&] {
    std::array<char, 65536> buffer{};
    for (pollfd readable{reader, POLLIN, 0}; ::poll(&readable, 1, 10'000) > 0;) {
      const auto size = ::read(reader, buffer.data(), buffer.size());
      if (size == 0) // the log is closed
        return;
      if (size > 0)
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }};
  log.reset();
  reading.join();
  ::close(reader);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const auto last = text.substr(text.rfind('\n', text.size() - 2) + 1);
  const auto told = last.find("warning ");
  REQUIRE(told != std::string::npos);
  const auto lost = std::stol(last.substr(told + std::string_view{"warning "}.size()));
  CHECK(lost > 0);
  CHECK(lines - 1 + lost == count);
}

TEST_CASE("a standard error that somebody made non-blocking loses no line (log_journal.hpp)") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
  const auto before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  ::close(ends[1]);
  constexpr std::size_t count = 4000; // of 500 octets: far more than a pipe takes
  {
    const auto log = open(config{});
    for (std::size_t i = 0; i < count; ++i)
      log->report(severity::error, std::to_string(i) + ' ' + std::string(500, 'x'));
    std::size_t next = 0;
    std::string text;
    pollfd readable{ends[0], POLLIN, 0};
    while (next<count&& ::poll(&readable, 1, 10'000)> 0) {
      std::array<char, 4096> buffer{};
      const auto size = ::read(ends[0], buffer.data(), buffer.size());
      REQUIRE(size > 0);
      text.append(buffer.data(), static_cast<std::size_t>(size));
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        CHECK(holds(text.substr(0, end), "error " + std::to_string(next++) + " xxx"));
        text.erase(0, end + 1);
      }
    }
    CHECK(next == count);
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(ends[0]);
}
