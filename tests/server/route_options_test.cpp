#include "sluice/server/routing/route_options.hpp"

#include "sluice/server/routing/router.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

task streaming(exchange&) {
  co_return;
}

task chatting(web_socket&) {
  co_return;
}

/// The endpoint of a route to which `adjust` was done.
template <class Adjust>
endpoint adjusted(Adjust adjust) {
  router routes;
  auto options = routes.web_socket("/{id}", chatting);
  adjust(options);
  request head;
  head.path = "/1";
  const auto found = routes.find(head, true);
  REQUIRE(found.target != nullptr);
  return *found.target;
}

/// All durations of a route by name, those that are set.
std::set<std::string> durations_that_are(const route_limits& own, duration length) {
  std::set<std::string> names;
  const auto look = [&](const char* name, const std::optional<duration>& value) {
    if (value == length)
      names.insert(name);
    else
      CHECK_FALSE(value);
  };
  look("handler", own.handler_deadline);
  look("content", own.content_deadline);
  look("write", own.write_deadline);
  look("close", own.close_deadline);
  look("grace", own.cancel_grace);
  look("probe", own.stall_probe);
  return names;
}

} // namespace

TEST_CASE("each duration of a route goes where it belongs and is not negative (router.hpp)") {
  struct setter {
    const char* name;
    route_options& (route_options::*set)(duration);
  };
  for (const auto& [name, set] : {setter{"handler", &route_options::handler_deadline},
                                  {"content", &route_options::content_deadline},
                                  {"write", &route_options::write_deadline},
                                  {"close", &route_options::close_deadline},
                                  {"grace", &route_options::cancel_grace},
                                  {"probe", &route_options::stall_probe}}) {
    CAPTURE(name);
    for (const auto length : {duration::zero(), duration{3s}}) {
      const auto target = adjusted([&](route_options& options) { (options.*set)(length); });
      CHECK(durations_that_are(target.limits, length) == std::set<std::string>{name});
    }
    CHECK_THROWS_AS(adjusted([&](route_options& options) { (options.*set)(-1ns); }),
                    std::invalid_argument);
  }
}

TEST_CASE("each number and policy of a route goes where it belongs (router.hpp)") {
  const auto some = adjusted([](route_options& options) {
    options.content_rate(5).message_parts(1).on_half_close(half_close::cancel);
  });
  CHECK(some.limits.content_rate == 5U);
  CHECK_FALSE(some.limits.write_rate);
  CHECK(some.limits.message_part == 1U);
  CHECK_FALSE(some.limits.message);
  CHECK(some.limits.on_half_close == half_close::cancel);
  CHECK_FALSE(some.limits.probe_http);
  const auto others = adjusted([](route_options& options) {
    options.write_rate(0).message_limit(9).probe_http().content_limit(0);
  });
  CHECK(others.limits.write_rate == 0U);
  CHECK_FALSE(others.limits.content_rate);
  CHECK(others.limits.message == 9U);
  CHECK_FALSE(others.limits.message_part);
  CHECK(others.limits.probe_http == http_probe::always);
  CHECK_FALSE(others.limits.on_half_close);
  CHECK(others.limits.content == 0U);
}

TEST_CASE("limits of a route replace all that was said before (router.hpp)") {
  route_limits own;
  own.content = 7;
  const auto target = adjusted(
    [&](route_options& options) { options.write_rate(5).limits(own).content_rate(6); });
  CHECK(target.limits.content == 7U);
  CHECK(target.limits.content_rate == 6U);
  CHECK_FALSE(target.limits.write_rate);
}

TEST_CASE("subprotocols of a route are different tokens (RFC 6455 sec. 1.9)") {
  const auto with = [](const std::vector<std::string>& names) {
    return adjusted([&](route_options& options) {
             for (const auto& name : names)
               options.subprotocol(name);
           })
      .subprotocols;
  };
  const std::vector<std::string> three{"c", "a", "b"};
  CHECK(with(three) == three);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"a", "a"}, {"a", "b", "a"}, {"a", "b", "b"}, {"a b"}, {""}})
    CHECK_THROWS_AS(with(names), std::invalid_argument);
}

TEST_CASE("guards of a route are asked in the order in which they were added (router.hpp)") {
  std::string log;
  const auto noting = [&log](char name) {
    return [&log, name](const request&) -> std::optional<response> {
      log += name;
      return std::nullopt;
    };
  };
  router routes;
  routes.guard(noting('a'));
  auto inner = routes.group("/in");
  inner.guard(noting('b'));
  inner.get("/{id}", streaming).guard(noting('c')).guard(noting('d'));
  inner.guard(noting('x')); // holds for what is added after it
  routes.get("/{id}", streaming);
  const auto asked = [&](std::string path) {
    log.clear();
    request head;
    head.path = std::move(path);
    const auto found = routes.find(head, false);
    REQUIRE(found.target != nullptr);
    for (const auto& judge : found.target->guards)
      CHECK_FALSE(judge(head));
    return log;
  };
  CHECK(asked("/in/1") == "abcd");
  CHECK(asked("/1") == "a");
}

TEST_CASE("what a route checks is one of its parameters (router.hpp)") {
  router routes;
  auto options = routes.get("/literal/{id}/{rest...}", streaming);
  CHECK_NOTHROW(options.param<int>("id"));
  CHECK_NOTHROW(options.param<std::string>("rest"));
  CHECK_THROWS_AS(options.param<int>("literal"), std::invalid_argument);
  CHECK_THROWS_AS(options.param<int>("other"), std::invalid_argument);
}

TEST_CASE("a bound holds for the largest that any route asks for (S61)") {
  router routes;
  const auto most = [&] { return routes.extremes(); };
  CHECK(most().message == 0);
  CHECK(most().deflate == 0);
  routes.web_socket("/a", chatting).message_limit(500);
  CHECK(most().message == 500);
  routes.web_socket("/b", chatting).message_limit(400);
  CHECK(most().message == 500);
  routes.web_socket("/c", chatting).message_limit(9000).message_parts(600); // held in parts
  CHECK(most().message == 600);
  routes.get("/d", streaming).message_limit(7000); // has no messages
  CHECK(most().message == 600);
  routes.web_socket("/e/{id}", chatting).message_limit(700);
  CHECK(most().message == 700);
  routes.web_socket("/e/{id}/{rest...}", chatting).message_limit(800);
  CHECK(most().message == 800);
  auto small = websocket::deflate_options{};
  small.client_max_window_bits = small.server_max_window_bits = 9;
  routes.web_socket("/f", chatting).deflate();
  CHECK(most().deflate == websocket::deflate_memory({}));
  routes.web_socket("/g", chatting).deflate(small);
  CHECK(most().deflate == websocket::deflate_memory({}));
  CHECK(most().message == 800);
}
