#include "sluice/actors/handler/task.hpp"

#include "tests/actors/handler/support.hpp"

#include <doctest/doctest.h>

#include <coroutine>
#include <stdexcept>
#include <string>
#include <utility>

using namespace sluice;
using sluice::testing::witness;

namespace {

/// Suspends whoever awaits it until `open`.
class gate {
public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) noexcept { waiting_ = waiting; }
  void await_resume() const noexcept {}
  void open() { std::exchange(waiting_, {}).resume(); }

private:
  std::coroutine_handle<> waiting_;
};

task append(std::string& log, char what) {
  log += what;
  co_return;
}

task wait_at(gate& g, bool& gone) {
  const witness local{gone};
  co_await g;
}

task wait_nested(gate& g, bool& gone, bool& inner_gone) {
  const witness local{gone};
  const auto inner = wait_at(g, inner_gone);
  co_await inner;
}

task fail(const char* why) {
  throw std::runtime_error{why};
  co_return;
}

task fail_nested(std::string& log) {
  try {
    const auto inner = fail("inner");
    co_await inner;
  } catch (const std::runtime_error& failure) {
    log += failure.what();
  }
  const auto inner = fail("outer");
  co_await inner;
}

} // namespace

TEST_CASE("a task does nothing before it is started") {
  std::string log;
  const auto t = append(log, 'a');
  CHECK(log.empty());
  CHECK_FALSE(t.is_done());
  t.start();
  CHECK(log == "a");
  CHECK(t.is_done());
}

TEST_CASE("an empty task is done and has nothing to throw") {
  const task none;
  CHECK_FALSE(none);
  CHECK(none.is_done());
  CHECK_NOTHROW(none.rethrow());
}

TEST_CASE("a task that is never started is destroyed without running") {
  std::string log;
  { const auto t = append(log, 'a'); }
  CHECK(log.empty());
}

TEST_CASE("a task runs what it awaits to its end before it goes on") {
  std::string log;
  const auto sequence = [](std::string& out) -> task {
    const auto first = append(out, 'a');
    co_await first;
    out += 'b';
    const auto second = append(out, 'c');
    co_await second;
    out += 'd';
  };
  const auto t = sequence(log);
  t.start();
  CHECK(log == "abcd");
}

TEST_CASE("a task resumes where it was suspended however deep") {
  gate g;
  bool gone = false;
  bool inner_gone = false;
  const auto t = wait_nested(g, gone, inner_gone);
  t.start();
  CHECK_FALSE(t.is_done());
  g.open();
  CHECK(t.is_done());
  CHECK(gone);
  CHECK(inner_gone);
}

TEST_CASE("destroying a suspended task destroys its locals and those of what it awaits (S44)") {
  gate g;
  bool gone = false;
  bool inner_gone = false;
  {
    const auto t = wait_nested(g, gone, inner_gone);
    t.start();
    CHECK_FALSE(gone);
    CHECK_FALSE(inner_gone);
  }
  CHECK(gone);
  CHECK(inner_gone);
}

TEST_CASE("an exception reaches who awaits the task and who owns it") {
  std::string log;
  const auto t = fail_nested(log);
  t.start();
  CHECK(log == "inner");
  REQUIRE(t.is_done());
  CHECK_THROWS_WITH(t.rethrow(), "outer");
}

TEST_CASE("awaiting a task that has run to its end goes on at once and throws what it threw") {
  std::string log;
  const auto twice = [](std::string& out) -> task {
    const auto first = append(out, 'a');
    co_await first;
    co_await first;
    const auto second = fail("x");
    for (int i = 0; i < 2; ++i)
      try {
        co_await second;
      } catch (const std::runtime_error& failure) {
        out += failure.what();
      }
  };
  const auto t = twice(log);
  t.start();
  CHECK(t.is_done());
  CHECK(log == "axx");
}

TEST_CASE("a task moves and its coroutine stays in place") {
  gate g;
  bool gone = false;
  auto first = wait_at(g, gone);
  first.start();
  auto second = std::move(first);
  CHECK_FALSE(first); // NOLINT(bugprone-use-after-move): a moved task is empty
  CHECK_FALSE(second.is_done());
  g.open();
  CHECK(second.is_done());
}

TEST_CASE("assigning to a task destroys the coroutine it had") {
  gate g;
  bool gone = false;
  auto t = wait_at(g, gone);
  t.start();
  t = task{};
  CHECK(gone);
  CHECK_FALSE(t);
}

TEST_CASE("a task may await many that end at once") {
  const auto many = [](std::string& out) -> task {
    for (int i = 0; i < 1000; ++i) {
      const auto next = append(out, 'a');
      co_await next;
    }
  };
  std::string log;
  const auto t = many(log);
  t.start();
  CHECK(log.size() == 1000);
}
