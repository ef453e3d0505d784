#include "examples/chat/chat.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> lines_of(const scripted_client& member) {
  std::vector<std::string> all;
  for (const auto& message : member.messages())
    all.push_back(message.content);
  return all;
}

} // namespace

TEST_CASE("everybody hears who comes, what is said, and who leaves") {
  const auto routes = chat_routes();
  simulation service{routes};
  auto& ada = service.connect();
  auto& bob = service.connect();
  ada.open_web_socket("/chat/ada");
  service.run();
  bob.open_web_socket("/chat/bob");
  service.run();
  bob.send_text("hello");
  service.run();
  CHECK(lines_of(bob) == std::vector<std::string>{"bob has entered the pond", "bob: hello"});
  bob.reset();
  service.run();
  CHECK(lines_of(ada)
        == std::vector<std::string>{"ada has entered the pond", "bob has entered the pond",
                                    "bob: hello", "bob has left"});
}

TEST_CASE("who talks too fast is not read from") {
  const auto routes = chat_routes();
  simulation service{routes};
  auto& ada = service.connect();
  ada.open_web_socket("/chat/ada");
  for (const auto* line : {"one", "two", "three"})
    ada.send_text(line);
  service.run();
  CHECK(ada.handler().delivered == std::vector<std::string>{"one"});
  CHECK(ada.handler().is_stalled);
  service.advance(20ms);
  CHECK(ada.handler().delivered.size() == 2);
}

TEST_CASE("a member that does not read misses the oldest lines, and holds up nobody") {
  const auto routes = chat_routes();
  simulation service{routes};
  auto& ada = service.connect();
  auto& deaf = service.connect();
  ada.open_web_socket("/chat/ada");
  deaf.open_web_socket("/chat/deaf");
  service.run();
  deaf.stop_reading();
  for (auto i = 0; i < 500; ++i) {
    ada.send_text(std::to_string(i) + std::string(4000, '.'));
    service.advance(20ms);
  }
  CHECK(lines_of(ada).size() == 2 + 500);
  CHECK(deaf.handler().is_alive());
  deaf.read_on();
  service.run();
  const auto heard = lines_of(deaf);
  CHECK(heard.size() < 500);
  CHECK(heard.back().starts_with("ada: 499"));
}

TEST_CASE("it keeps the contract") {
  const auto routes = chat_routes();
  contract_subject subject;
  subject.target = "/chat/ada";
  subject.is_web_socket = true;
  subject.pieces = {"one", "two"};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}
