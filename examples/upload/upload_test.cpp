#include "examples/upload/upload.hpp"

#include <sluice/testing.hpp>

#include <doctest/doctest.h>

using namespace sluice::testing;

namespace {

constexpr auto sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

} // namespace

TEST_CASE("it answers with the length and the hash of what came, in whatever pieces") {
  const auto routes = upload_routes();
  simulation service{routes};
  auto& client = service.connect();
  client.begin_request(sluice::method::put, "/upload");
  for (const auto* piece : {"a", "b", "c"}) {
    client.send_chunk(piece);
    service.run();
  }
  CHECK(client.handler().acknowledged == 3);
  client.end_chunks();
  service.run();
  CHECK(client.response().content == std::string{"3 "} + sha256_of_abc + '\n');
}

TEST_CASE("it keeps the contract") {
  const auto routes = upload_routes();
  contract_subject subject;
  subject.target = "/upload";
  subject.method = sluice::method::post;
  subject.pieces = {"one", "two", "three"};
  const auto report = check_contract(routes, subject);
  CHECK_MESSAGE(report.holds(), report.text());
}
