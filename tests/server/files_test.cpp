#include "sluice/server/files/files.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// A folder with one file of 200,000 octets.
struct folder : scratch_directory {
  folder() { write("page.html", std::string(200'000, 'x')); }
};

router routes_to(const std::filesystem::path& path) {
  router routes;
  routes.get("/", [path](exchange& http) { return send_file(http, path); }).pooled();
  return routes;
}

received_response get(const std::filesystem::path& path, const fields& head = {}) {
  const auto routes = routes_to(path);
  simulation service{routes};
  auto& client = service.connect();
  client.get("/", head);
  service.run();
  return client.response();
}

} // namespace

TEST_CASE("a file is sent with its type and validators (RFC 9110 sec. 8.8)") {
  const folder here;
  const auto whole = get(here.path() / "page.html");
  CHECK(whole.status == 200);
  CHECK(whole.content.size() == 200'000);
  CHECK(std::string{whole.fields.find("Content-Type").value_or("")}.starts_with("text/html"));
  const std::string tag{whole.fields.find("ETag").value_or("")};
  CHECK(get(here.path() / "page.html", {{"If-None-Match", tag}}).status == 304);
}

TEST_CASE("a date that stands in two lines is no condition (RFC 9110 sec. 13.1.3)") {
  const folder here;
  const auto page = here.path() / "page.html";
  const std::string modified{get(page).fields.find("Last-Modified").value_or("")};
  const std::string_view old = "Sun, 06 Nov 1994 08:49:37 GMT";
  const auto status_for = [&](std::string_view name, std::string_view first,
                              std::optional<std::string_view> second = {}) {
    fields head{{name, first}};
    if (second)
      head.add(name, *second);
    return get(page, head).status;
  };
  CHECK(status_for("If-Modified-Since", modified) == 304);
  CHECK(status_for("If-Modified-Since", modified, modified) == 200);
  CHECK(status_for("If-Modified-Since", modified, old) == 200);
  CHECK(status_for("If-Unmodified-Since", old) == 412);
  CHECK(status_for("If-Unmodified-Since", old, old) == 200);
  CHECK(status_for("If-Unmodified-Since", old, modified) == 200);
}

TEST_CASE("a range of a file is sent (RFC 9110 sec. 14)") {
  const folder here;
  here.write("digits.txt", "0123456789");
  CHECK(get(here.path() / "digits.txt", {{"Range", "bytes=3-5"}}).content == "345");
  CHECK(get(here.path() / "digits.txt", {{"Range", "bytes=9-"}}).content == "9");
  const auto part = get(here.path() / "page.html", {{"Range", "bytes=10-19"}});
  CHECK(part.status == 206);
  CHECK(part.content.size() == 10);
  CHECK(part.fields.find("Content-Range") == "bytes 10-19/200000");
}

TEST_CASE("what is no regular file is 404, and nothing waits for a pipe") {
  const folder here;
  CHECK(get(here.path() / "none").status == 404);
  CHECK(get(here.path()).status == 404);
  REQUIRE(::mkfifo((here.path() / "pipe").c_str(), 0600) == 0);
  CHECK(get(here.path() / "pipe").status == 404);
}
