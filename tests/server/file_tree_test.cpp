#include "sluice/server/files/file_tree.hpp"

#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

using namespace sluice;
using sluice::testing::scratch_directory;

namespace {

/// The first octets of a file, or why there is none.
std::string content_of(const file_tree& files, std::string_view path) {
  std::error_code error;
  const auto file = files.open_file(path, error);
  CHECK(file.is_open() == !error);
  if (error)
    return error == std::errc::no_such_file_or_directory ? "absent" : "refused";
  std::array<char, 64> text{};
  const auto size = ::read(file.number(), text.data(), text.size());
  return size < 0 ? "no file" : std::string{text.data(), static_cast<std::size_t>(size)};
}

} // namespace

TEST_CASE("a tree is a directory that is there (file_tree.hpp)") {
  const scratch_directory here;
  here.write("file", "x");
  CHECK_THROWS_WITH_AS(
    static_cast<void>(file_tree::open(here.file("absent"))),
    ("can't serve files from " + here.file("absent") + ": No such file or directory").c_str(),
    std::system_error);
  CHECK_THROWS_WITH_AS(
    static_cast<void>(file_tree::open(here.file("file"))),
    ("can't serve files from " + here.file("file") + ": Not a directory").c_str(),
    std::system_error);
}

TEST_CASE("the files of a tree are opened and the tree itself (file_tree.hpp)") {
  const scratch_directory here;
  std::filesystem::create_directories(here.file("a/b"));
  here.write("one", "1");
  here.write("a/b/two", "2");
  std::filesystem::create_symlink("b/two", here.file("a/link"));
  const auto files = file_tree::open(here.path());
  CHECK(content_of(files, "one") == "1");
  CHECK(content_of(files, "a/b/two") == "2");
  CHECK(content_of(files, "a/link") == "2");
  CHECK(content_of(files, "a/../one") == "1");
  CHECK(content_of(files, "none") == "absent");
  CHECK(content_of(files, "one/two") == "refused");
  CHECK(content_of(files, "a") == "no file");
  CHECK(content_of(files, "") == "no file");
}

TEST_CASE("no path leads out of a tree (file_tree.hpp)") {
  const scratch_directory here;
  std::filesystem::create_directories(here.file("root/sub"));
  here.write("outside", "not for you");
  std::filesystem::create_symlink("../outside", here.file("root/out"));
  std::filesystem::create_symlink(here.file("outside"), here.file("root/absolute"));
  std::filesystem::create_directory_symlink("..", here.file("root/up"));
  const auto files = file_tree::open(here.file("root"));
  for (const auto& path : {std::string{"../outside"}, std::string{"sub/../../outside"},
                           here.file("outside"), std::string{"out"}, std::string{"absolute"},
                           std::string{"up/outside"}, std::string{"sub/../../root"}}) {
    CAPTURE(path);
    CHECK(content_of(files, path) == "refused");
    std::error_code error;
    CHECK_FALSE(files.open_cached(path, error).is_open());
    CHECK(error);
  }
}

TEST_CASE("what the system keeps of a process is no file of a tree (file_tree.hpp)") {
  const auto files = file_tree::open("/proc/self");
  CHECK(content_of(files, "comm") != "refused");
  CHECK(content_of(files, "exe") == "refused"); // a link that is none: it needs no path
  CHECK(content_of(files, "fd/0") == "refused");
}

TEST_CASE("opening a pipe waits for nobody (file_tree.hpp)") {
  const scratch_directory here;
  REQUIRE(::mkfifo(here.file("pipe").c_str(), 0600) == 0);
  CHECK(content_of(file_tree::open(here.path()), "pipe").empty()); // nobody writes
}

TEST_CASE("what the kernel may have to look for is not said to be absent (file_tree.hpp)") {
  const scratch_directory here;
  here.write("one", "1");
  const auto files = file_tree::open(here.path());
  CHECK(content_of(files, "one") == "1"); // now it is known, and so is the next
  CHECK(content_of(files, "none") == "absent");
  for (const auto* path : {"one", "none", "one/two"}) {
    CAPTURE(path);
    std::error_code error;
    const auto file = files.open_cached(path, error);
    CHECK(file.is_open() == !error);
    const auto is_sure = error == std::errc::no_such_file_or_directory;
    CHECK((!error || is_sure || error == std::errc::resource_unavailable_try_again));
    CHECK((!is_sure || path == std::string_view{"none"}));
    CHECK((file.is_open() ? path == std::string_view{"one"} : true));
  }
}

TEST_CASE("reading leaves a trace as the file system notes accesses (file_tree.hpp)") {
  const scratch_directory here;
  const auto files = file_tree::open(here.path());
  struct statvfs mount {};
  REQUIRE(::statvfs(here.path().c_str(), &mount) == 0);
  const bool is_never = (mount.f_flag & (ST_RDONLY | ST_NOATIME)) != 0;
  const bool is_relative = !is_never && (mount.f_flag & ST_RELATIME) != 0;
  const auto now = std::time(nullptr);
  /// Of a file that was changed, its inode changed, and that was read last, so many seconds ago.
  const auto reads = [&](std::time_t changed, std::time_t inode, std::time_t read,
                         long read_nanoseconds = 1) {
    struct stat facts {};
    facts.st_mtim = {now - changed, 0};
    facts.st_ctim = {now - inode, 0};
    facts.st_atim = {now - read, read_nanoseconds};
    return files.reads_without_trace(facts);
  };
  const auto expected = [&](bool where_relative) {
    return is_never || (is_relative && where_relative);
  };
  CHECK(reads(100, 100, 50) == expected(true));
  CHECK(reads(50, 100, 50) == expected(true)); // by a nanosecond
  CHECK(reads(100, 100, 100, 0) == expected(false));
  CHECK(reads(50, 100, 100) == expected(false));
  CHECK(reads(100, 50, 100) == expected(false));
  constexpr std::time_t hour = 3600;
  CHECK(reads(48 * hour, 48 * hour, 22 * hour) == expected(true));
  CHECK(reads(48 * hour, 48 * hour, 24 * hour) == expected(false)); // once a day
}
