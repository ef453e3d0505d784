#include "sluice/actors/connection/access_entry.hpp"

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// Keeps the last record, as long as nothing that it views has gone.
struct last_record final : journal {
  void access(const access_record& next) override {
    record = next;
    ++count;
  }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  int count = 0;
  access_record record;
};

constexpr time_point start{1h};

request head_of(method which, std::string target) {
  request head;
  head.method = which;
  head.target = std::move(target);
  return head;
}

} // namespace

TEST_CASE("a record is of what came to pass since its request began") {
  last_record log;
  endpoint route;
  route.route = "/a/{name}";
  access_entry entry;
  entry.begin(head_of(method::put, "/a/b?c"), 1000, start);
  entry.matched = &route;
  entry.status = 201;
  entry.received = 17;
  entry.write(log, "the peer", 1234, start + 3s, "complete");
  REQUIRE(log.count == 1);
  CHECK(log.record.peer == "the peer");
  CHECK(log.record.method == "PUT");
  CHECK(log.record.target == "/a/b?c");
  CHECK(log.record.route == "/a/{name}");
  CHECK(log.record.status == 201);
  CHECK(log.record.octets_received == 17);
  CHECK(log.record.octets_sent == 234);
  CHECK(log.record.took == 3s);
  CHECK(log.record.outcome == "complete");
}

TEST_CASE("a request whose turn to be answered did not come has sent nothing") {
  last_record log;
  access_entry entry;
  // What had been queued before it never left.
  entry.begin(head_of(method::get, "/"), 1000, start);
  entry.write(log, "", 400, start, "peer_reset");
  CHECK(log.record.octets_sent == 0);
}
