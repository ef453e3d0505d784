#include "sluice/server/files/static_files.hpp"

#include "sluice/actors/testing/simulation.hpp"
#include "sluice/server/routing/router.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t at_once = 64 * 1024; // what is answered without an actor, if it is in memory

/// A tree with some files in it, and a service that shows it below "/files/".
class site {
public:
  site() {
    std::filesystem::create_directories(here.file("sub/.git"));
    std::filesystem::create_directories(here.file(".well-known"));
    std::filesystem::create_directories(here.file("bare"));
    std::filesystem::create_directories(here.file("odd/index.html"));
    here.write("page.html", "a page");
    here.write("index.html", "the index");
    here.write("sub/index.html", "below");
    here.write("sub/.git/config", "not for you");
    here.write(".hidden", "not for you");
    here.write(".well-known/a.txt", "known");
    here.write("large.bin", std::string(3 * at_once, 'x') + 'y');
    add_static_files(routes, "/files/",
                     std::make_shared<const file_tree>(file_tree::open(here.path())));
  }

  received_response ask(std::string_view target, method which = method::get,
                        const fields& lines = {}) {
    simulation service{routes};
    auto& client = service.connect();
    client.send_request(which, target, {}, lines);
    service.run();
    return client.response();
  }

  scratch_directory here;
  router routes;
};

} // namespace

TEST_CASE("a path leads to a file and a directory to its index (static_files.hpp)") {
  site shown;
  CHECK(shown.ask("/files/page.html").content == "a page");
  CHECK(shown.ask("/files/").content == "the index");
  CHECK(shown.ask("/files/sub/").content == "below");
  CHECK(shown.ask("/files/sub/index.html").content == "below");
  CHECK(shown.ask("/files/page%2ehtml").content == "a page");
  CHECK(shown.ask("/files/page.html").fields.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(shown.ask("/files/").fields.find("Content-Type") == "text/html; charset=utf-8");
}

TEST_CASE("a directory without its slash is told where it is with the query (static_files.hpp)") {
  site shown;
  const auto moved = shown.ask("/files/sub?a=b&c");
  CHECK(moved.status == 301);
  CHECK(moved.fields.find("Location") == "/files/sub/?a=b&c");
  CHECK(shown.ask("/files/sub").fields.find("Location") == "/files/sub/");
  CHECK(shown.ask("/files/bare").status == 301);
  CHECK(shown.ask("/files/bare/").status == 404); // no index
  CHECK(shown.ask("/files/odd/").status == 404);  // nor is a directory one
}

TEST_CASE("what is hidden and what has no name is not served (static_files.hpp)") {
  site shown;
  for (const auto* path : {".hidden", "sub/.git/config", "sub/.git/", "sub//", "/page.html",
                           "sub//index.html", "page.html/", "none", "sub/none", ".", "..", "sub/..",
                           "sub/../page.html", "%2e%2e/", "page.html%00"}) {
    CAPTURE(path);
    const auto refused = shown.ask(std::string{"/files/"} + path);
    CHECK((refused.status == 404 || refused.status == 400)); // NUL is no octet of a parameter
    CHECK(refused.content.find("not for you") == std::string::npos);
  }
  CHECK(shown.ask("/files/.well-known/a.txt").content == "known");
}

TEST_CASE("a large file comes whole and in its last part (RFC 9110 sec. 14.2)") {
  site shown;
  constexpr auto before = 3 * at_once;
  const auto whole = shown.ask("/files/large.bin");
  CHECK(whole.status == 200);
  CHECK((whole.content == std::string(before, 'x') + 'y'));
  for (const std::string range : {"bytes=196608-", "bytes=-1", "bytes=196608-196608"}) {
    CAPTURE(range);
    const auto last = shown.ask("/files/large.bin", method::get, {{"Range", range}});
    CHECK(last.status == 206);
    CHECK(last.content == "y");
    CHECK(last.fields.find("Content-Range") == "bytes 196608-196608/196609");
  }
  // Around what is answered at once, and far more.
  for (const auto size : {at_once - 1, at_once, at_once + 1, before}) {
    CAPTURE(size);
    const auto part = shown.ask("/files/large.bin", method::get,
                                {{"Range", "bytes=-" + std::to_string(size)}});
    CHECK(part.status == 206);
    CHECK((part.content == std::string(size - 1, 'x') + 'y'));
  }
  CHECK(shown.ask("/files/large.bin", method::get, {{"Range", "bytes=196609-"}}).status == 416);
}

TEST_CASE("a file that is shortened while it is sent never looks complete (S25 S50)") {
  site shown;
  constexpr std::size_t size = 8 * 1024 * 1024;
  shown.here.write("huge.bin", std::string(size, 'x'));
  simulation service{shown.routes};
  auto& client = service.connect();
  client.stop_reading();
  client.get("/files/huge.bin");
  service.run();
  CHECK(client.handler().is_alive());
  std::filesystem::resize_file(shown.here.file("huge.bin"), size - 1);
  client.read_on();
  service.run();
  CHECK_FALSE(client.response().is_complete);
  CHECK(client.response().content.size() > size / 2);
  CHECK(client.response().content.size() < size);
  CHECK_FALSE(client.handler().is_alive());
  CHECK_FALSE(client.is_served());
}

TEST_CASE("HEAD of a file has the fields of GET and no content (S24)") {
  site shown;
  for (const auto* path : {"/files/page.html", "/files/large.bin", "/files/none", "/files/sub"}) {
    CAPTURE(path);
    const auto got = shown.ask(path);
    simulation service{shown.routes};
    auto& client = service.connect();
    client.send_request(method::head, path);
    service.run();
    const auto& octets = client.seen().received;
    CHECK(octets.ends_with("\r\n\r\n"));
    CHECK(octets.find("Content-Length: " + std::to_string(got.content.size()) + "\r\n")
          != std::string::npos);
    CHECK(octets.starts_with("HTTP/1.1 " + std::to_string(got.status) + ' '));
  }
}

TEST_CASE("a file on another file system within the tree is served (static_files.hpp)") {
  router routes;
  add_static_files(routes, "/", std::make_shared<const file_tree>(file_tree::open("/")));
  simulation service{routes};
  auto& client = service.connect();
  client.get("/proc/version"); // has no size
  service.run();
  CHECK(client.response().status == 200);
  client.get("/proc/none");
  service.run();
  CHECK(client.response().status == 404);
}
