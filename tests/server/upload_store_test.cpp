#include "sluice/server/files/upload_store.hpp"

#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace sluice;
using sluice::testing::scratch_directory;
using outcome = upload::outcome;

namespace {

using names = std::set<std::string>;

upload_store store_in(const scratch_directory& here) {
  return upload_store::open(here.path());
}

bool anyway(const validators*) {
  return true;
}

bool never(const validators*) {
  return false;
}

/// The one name that is there.
std::string only_name(const scratch_directory& here) {
  const auto all = here.names();
  REQUIRE(all.size() == 1);
  return *all.begin();
}

} // namespace

TEST_CASE(
  "a store needs a directory that can be written to and leaves nothing (upload_store.hpp)") {
  const scratch_directory here;
  here.write("file", "x");
  CHECK_THROWS_WITH_AS(
    static_cast<void>(upload_store::open(here.file("absent"))),
    ("can't store uploads in " + here.file("absent") + ": No such file or directory").c_str(),
    std::system_error);
  CHECK_THROWS_WITH_AS(
    static_cast<void>(upload_store::open(here.file("file"))),
    ("can't store uploads in " + here.file("file") + ": Not a directory").c_str(),
    std::system_error);
  store_in(here);
  CHECK(here.names() == names{"file"});
}

TEST_CASE("the name of an upload is one file name that is not hidden (upload_store.hpp)") {
  CHECK(upload_store::is_name("a"));
  CHECK(upload_store::is_name("a.b c"));
  CHECK(upload_store::is_name(std::string(255, 'a')));
  CHECK_FALSE(upload_store::is_name(std::string(256, 'a')));
  CHECK_FALSE(upload_store::is_name(""));
  CHECK_FALSE(upload_store::is_name("."));
  CHECK_FALSE(upload_store::is_name(".."));
  CHECK_FALSE(upload_store::is_name(".a"));
  CHECK_FALSE(upload_store::is_name("a/b"));
  CHECK_FALSE(upload_store::is_name("a/"));
  CHECK_FALSE(upload_store::is_name({"a\0b", 3}));
}

TEST_CASE("an upload has its name only once it is whole (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  {
    upload file{store};
    file.write(as_octets("one "));
    file.write(as_octets("two"));
    CHECK(only_name(here).starts_with(".upload-"));
    CHECK(file.publish("a", anyway) == outcome::created);
    CHECK(file.size() == 7);
    CHECK(here.names() == names{"a"});
  }
  CHECK(here.names() == names{"a"});
  CHECK(here.read("a") == "one two");
}

TEST_CASE("an upload that is not published leaves nothing (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  {
    upload file{store};
    file.write(as_octets("x"));
  }
  CHECK(here.names().empty());
  {
    upload file{store};
    CHECK(file.publish("a", never) == outcome::refused);
  }
  CHECK(here.names().empty());
}

TEST_CASE("what has the name is replaced or kept as the condition says (RFC 9110 sec. 13.2.2)") {
  const scratch_directory here;
  const auto store = store_in(here);
  here.write("a", "before");
  std::optional<validators> seen;
  {
    upload file{store};
    file.write(as_octets("after"));
    CHECK(file.publish("a", [&](const validators* current) {
      REQUIRE(current != nullptr);
      seen = *current;
      return false;
    }) == outcome::refused);
  }
  CHECK(here.read("a") == "before");
  CHECK(here.names() == names{"a"});
  const auto entry = store.look_up("a");
  REQUIRE(entry.current);
  REQUIRE(seen);
  CHECK(seen->entity_tag == entry.current->entity_tag);
  {
    upload file{store};
    file.write(as_octets("after"));
    CHECK(file.publish("a", anyway) == outcome::replaced);
  }
  CHECK(here.read("a") == "after");
  CHECK(here.names() == names{"a"});
}

TEST_CASE("what another process makes meanwhile is judged and never lost (RFC 9110 sec. 13.1.2)") {
  const scratch_directory here;
  const auto store = store_in(here);
  auto asked = 0;
  // Nothing is there when the condition is asked, and something when the name is taken.
  const auto only_new = [&](const validators* current) {
    ++asked;
    if (current == nullptr)
      here.write("a", "of another");
    return current == nullptr;
  };
  upload file{store};
  file.write(as_octets("ours"));
  CHECK(file.publish("a", only_new) == outcome::refused);
  CHECK(asked == 2);
  CHECK(here.read("a") == "of another");
}

TEST_CASE("a temporary file that a dead process left is no obstacle and stays (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  std::string first;
  {
    const upload file{store};
    first = only_name(here);
  }
  // The next ones have the numbers after that.
  const auto dash = first.rfind('-') + 1;
  const auto number = std::stoull(first.substr(dash));
  const auto left = first.substr(0, dash) + std::to_string(number + 1);
  here.write(left, "left");
  {
    upload file{store};
    file.write(as_octets("new"));
    CHECK(here.names().size() == 2);
    CHECK(file.publish("a", anyway) == outcome::created);
  }
  CHECK(here.names() == names{left, "a"});
  CHECK(here.read(left) == "left");
  CHECK(here.read("a") == "new");
}

TEST_CASE("a temporary name leads to no other file (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  here.write("other", "kept");
  std::string first;
  {
    const upload file{store};
    for (const auto& name : here.names())
      if (name != "other")
        first = name;
  }
  const auto dash = first.rfind('-') + 1;
  const auto next = first.substr(0, dash) + std::to_string(std::stoull(first.substr(dash)) + 1);
  std::filesystem::create_symlink("other", here.file(next));
  upload file{store};
  file.write(as_octets("new"));
  CHECK(here.read("other") == "kept");
}

TEST_CASE("a name that is a link is itself and not what it leads to (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  here.write("a", "kept");
  std::filesystem::create_symlink("a", here.file("link"));
  std::filesystem::create_symlink("absent", here.file("dangling"));
  std::filesystem::create_directory(here.file("folder"));
  CHECK_FALSE(store.look_up("absent").current);
  CHECK(store.look_up("dangling").current);
  CHECK(store.look_up("folder").is_directory);
  CHECK_FALSE(store.look_up("a").is_directory);
  std::filesystem::create_directory_symlink("folder", here.file("to folder"));
  CHECK_FALSE(store.look_up("to folder").is_directory);
  {
    upload file{store};
    file.write(as_octets("new"));
    CHECK(file.publish("link", anyway) == outcome::replaced);
  }
  CHECK(here.read("a") == "kept");
  CHECK(here.read("link") == "new");
  CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(here.file("link"))));
}

TEST_CASE("what the disk refuses is an error that says what (upload_store.hpp)") {
  const scratch_directory here;
  const auto store = store_in(here);
  std::filesystem::create_directory(here.file("folder"));
  {
    upload file{store};
    CHECK_THROWS_AS((void)file.publish("folder", anyway), std::system_error);
  }
  CHECK(here.names() == names{"folder"});
  for (const auto& [number, is_full] :
       {std::pair{ENOSPC, true}, {EDQUOT, true}, {EFBIG, true}, {EACCES, false}, {EIO, false}})
    CHECK(is_out_of_space({number, std::system_category()}) == is_full);
}
