#include "sluice/server/files/uploads.hpp"

#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

using names = std::set<std::string>;

/// A service that stores uploads in a directory of its own.
struct depot {
  depot() {
    add_uploads(routes, std::make_shared<const upload_store>(upload_store::open(here.path())));
  }

  received_response put(std::string_view name, std::string_view content, const fields& lines = {},
                        method which = method::put) {
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(which, "/uploads/" + std::string{name}, content, lines);
    service.run();
    return client.response();
  }

  scratch_directory here;
  router routes;
};

} // namespace

TEST_CASE("an upload is 201 with its size and 204 in place of another (RFC 9110 sec. 9.3.4)") {
  for (const auto which : {method::put, method::post}) {
    depot stores;
    const auto created = stores.put("a", "12345", {}, which);
    CHECK(created.status == 201);
    CHECK(created.content == "5 octets are stored.\n");
    CHECK(stores.put("a", "", {}, which).status == 204);
    CHECK(stores.here.read("a").empty());
    CHECK(stores.here.names() == names{"a"});
  }
}

TEST_CASE("what can't be stored is refused and leaves nothing (RFC 9110 sec. 14.5)") {
  depot stores;
  std::filesystem::create_directory(stores.here.file("folder"));
  CHECK(stores.put(".a", "x").status == 400);
  CHECK(stores.put("a%2Fb", "x").status == 400);
  CHECK(stores.put(std::string(256, 'a'), "x").status == 400);
  CHECK(stores.put("a", "x", {{"Content-Range", "bytes 0-0/1"}}).status == 400);
  CHECK(stores.put("folder", "x").status == 409);
  CHECK(stores.put("folder", "x", {{"If-None-Match", "*"}}).status == 409);
  CHECK(stores.put("a", "x", {{"If-Match", "*"}}).status == 412);
  CHECK(stores.here.names() == names{"folder"});
}

TEST_CASE("a client that goes in the middle leaves nothing (S44)") {
  for (const auto how : {&scripted_client::reset, &scripted_client::close}) {
    depot stores;
    simulation service{stores.routes};
    auto& client = service.connect();
    client.begin_request(method::put, "/uploads/a");
    client.send_chunk("one");
    service.run();
    CHECK(stores.here.names().size() == 1); // on its way
    CHECK_FALSE(stores.here.names().contains("a"));
    (client.*how)();
    service.run();
    CHECK(stores.here.names().empty());
    CHECK(service.handlers_alive() == 0);
  }
}

TEST_CASE("a condition is judged again when the content is complete (RFC 9110 sec. 13.1)") {
  depot stores;
  simulation service{stores.routes};
  auto& client = service.connect();
  client.begin_request(method::put, "/uploads/a", {{"If-None-Match", "*"}});
  client.send_chunk("ours");
  service.run();
  stores.here.write("a", "of another");
  client.end_chunks();
  service.run();
  CHECK(client.response().status == 412);
  CHECK(stores.here.read("a") == "of another");
  CHECK(stores.here.names() == names{"a"});
}
