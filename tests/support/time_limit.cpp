// Ends the program when a test case takes too long, and says which: a timer that is lost fails its
// test instead of holding up all.

#include "tests/support/patience.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr auto usual_limit = 60.0 * sluice::testing::slowness;

// For the signal's handler, which any thread may run: written while no alarm is set.
std::string last_words;
itimerval limit{};

void set_alarm(double seconds) noexcept {
  auto whole = 0.0;
  limit.it_value.tv_usec = static_cast<suseconds_t>(1e6 * std::modf(seconds, &whole));
  limit.it_value.tv_sec = static_cast<time_t>(whole);
  ::setitimer(ITIMER_REAL, &limit, nullptr);
}

/// Whether a debugger holds this process: then somebody thinks, and time does not count.
bool is_traced() noexcept {
  std::array<char, 4096> text{};
  const auto status = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  const auto size = ::read(status, text.data(), text.size());
  ::close(status);
  const std::string_view all{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  constexpr std::string_view name = "\nTracerPid:\t";
  const auto at = all.find(name);
  return at != std::string_view::npos && all.substr(at + name.size(), 1) != "0";
}

void on_alarm(int) noexcept {
  if (is_traced()) {
    ::setitimer(ITIMER_REAL, &limit, nullptr);
    return;
  }
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, last_words.data(),
                                                last_words.size());
  // Not doctest's: it would report, which takes locks that somebody may hold. What stands in a core
  // file says where each thread was.
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

/// `doctest::timeout(seconds)` gives a case another limit than the usual one.
class time_limit final : public doctest::IReporter {
public:
  explicit time_limit(const doctest::ContextOptions&) {}

  void test_run_start() override {
    // What failed before the end is not to be lost with a buffer.
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    struct sigaction action {};
    action.sa_handler = on_alarm;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, nullptr);
  }
  void test_case_start(const doctest::TestCaseData& which) override {
    const auto seconds = which.m_timeout > 0 ? which.m_timeout : usual_limit;
    last_words = "\n" + std::string{which.m_file.c_str()} + ':' + std::to_string(which.m_line)
                 + ": the test case has not ended after " + std::to_string(seconds)
                 + " seconds:\n  " + which.m_name + '\n';
    set_alarm(seconds);
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override { set_alarm(0); }

  void report_query(const doctest::QueryData&) override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

} // namespace

DOCTEST_REGISTER_LISTENER("time_limit", 1, time_limit);
