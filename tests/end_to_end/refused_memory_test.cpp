#include "tests/end_to_end/handlers.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <new>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Has no memory for "/greedy".
class starved_dispatcher final : public dispatcher {
public:
  explicit starved_dispatcher(const router& routes) : routes_{routes} {}
  dispatch find(request& head, bool asks_for_web_socket) const override {
    if (head.path == "/greedy")
      throw std::bad_alloc{};
    return routes_.find(head, asks_for_web_socket);
  }

private:
  const router& routes_;
};

} // namespace

TEST_CASE("a connection that gets no memory ends alone and counts are settled (S50 S60)") {
  router routes;
  const auto log = std::make_shared<observed<handler_log>>();
  routes.get("/ok", [](const request&) { return text("fine"); });
  routes.post("/never", never_acknowledges(log));
  const starved_dispatcher starved{routes};
  recording_journal journal;
  const time_source time;
  config wishes;
  wishes.port = 0;
  wishes.threads = 1;
  std::string error;
  const auto running = server::start(wishes, starved, journal, time, error);
  REQUIRE(error.empty());
  raw_client other{running->port()};
  other.send("POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(log->wait([](const auto& all) { return all.data == 1; }));

  raw_client greedy{running->port()};
  greedy.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(greedy.receive_response().ends_with("fine"));
  greedy.send("GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(greedy.receive_all().empty());
  CHECK(greedy.was_reset());
  CHECK(journal.outcome_of("/greedy") == "no_memory");

  raw_client next{running->port()};
  next.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(next.receive_response().ends_with("fine"));
  CHECK(running->count().connections_starved == 1);
  CHECK(running->count().connections_open == 2);
  CHECK(running->count().handlers_running == 1);
  CHECK(log->get().cancelled.empty());
}
