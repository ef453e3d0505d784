#include "examples/ingest/ingest.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace sluice::testing;

namespace {

/// A database of the test's own.
class scratch_database {
public:
  scratch_database() {
    std::string pattern = std::filesystem::temp_directory_path() / "ingest-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ::setenv("INGEST_DB", (folder_ / "events.db").c_str(), 1);
  }
  scratch_database(const scratch_database&) = delete;
  scratch_database& operator=(const scratch_database&) = delete;
  ~scratch_database() { std::filesystem::remove_all(folder_); }

private:
  std::filesystem::path folder_;
};

} // namespace

TEST_CASE("lines are stored wherever the pieces end, and a chunk is acknowledged when it is") {
  const scratch_database database;
  const auto routes = ingest_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(sluice::method::post, "/events");
  for (const auto* piece : {"{\"n\":1}\n{\"n\"", ":2}\n\n[3", "]"}) {
    client.send_chunk(piece);
    service.run();
  }
  client.end_chunks();
  service.run();
  CHECK(client.handler().acknowledged == 3);
  CHECK(client.response().content == "3 events stored\n");
}

TEST_CASE("a line that is no JSON is named, and those before it are stored") {
  const scratch_database database;
  const auto routes = ingest_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.send_request(sluice::method::post, "/events", "1\n2\nnonsense\n4\n");
  service.run();
  CHECK(client.response().status == 400);
  CHECK(client.response().content.find("line 3 is not JSON; stored are the 2 events before it")
        != std::string::npos);
}

TEST_CASE("it keeps the contract") {
  const scratch_database database;
  const auto routes = ingest_routes();
  contract_subject subject;
  subject.target = "/events";
  subject.method = sluice::method::post;
  subject.pieces = {"1\n", "2\n"};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}
