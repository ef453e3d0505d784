#include "sluice/server/service/record_files.hpp"

#include "sluice/actors/observe/flight_record.hpp"
#include "sluice/server/service/log_journal.hpp"
#include "tests/support/log_file.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

std::unique_ptr<log_journal> open(const config& wishes) {
  return log_journal::make(wishes);
}

} // namespace

TEST_CASE("the record of a failure is a file that its log line names (record_files.hpp)") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  CHECK_FALSE(open(wishes)->wants_record());
  wishes.record_directory = directory.path().string();
  flight_record record{"127.0.0.1:5", 8, 0};
  record.add({}, flight_event::failed, 0, "why");
  {
    const auto log = open(wishes);
    REQUIRE(log->wants_record());
    log->keep(record);
  }
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 1);
  const auto at = lines.back().find(directory.path().string() + "/sluice-");
  REQUIRE(at != std::string::npos);
  const auto path = lines.back().substr(at);
  CHECK(path.ends_with(".record"));
  std::ifstream written{path};
  std::string text{std::istreambuf_iterator<char>{written}, {}};
  CHECK(text == record.text());
  struct stat seen {};
  REQUIRE(::stat(path.c_str(), &seen) == 0);
  CHECK((seen.st_mode & 0777) == 0600);
}

TEST_CASE("the oldest records make room, and nothing else does (record_files.hpp)") {
  const scratch_directory directory;
  auto wishes = logging_to(directory.file("log"));
  wishes.record_directory = directory.path().string();
  for (std::size_t i = 0; i < record_files::most_files; ++i)
    std::ofstream{directory.file("sluice-1999-" + std::to_string(1000 + i) + ".record")};
  std::ofstream{directory.file("aaa.record")};
  std::ofstream{directory.file("sluice-0.txt")};
  {
    const auto log = open(wishes);
    log->keep(flight_record{"", 8, 0});
  }
  std::size_t records = 0;
  for (const auto& each : std::filesystem::directory_iterator{directory.path()})
    records += each.path().filename().string().starts_with("sluice-")
               && each.path().extension() == ".record";
  CHECK(records == record_files::most_files);
  CHECK_FALSE(std::filesystem::exists(directory.file("sluice-1999-1000.record")));
  CHECK(std::filesystem::exists(directory.file("sluice-1999-1001.record")));
  CHECK(std::filesystem::exists(directory.file("aaa.record")));
  CHECK(std::filesystem::exists(directory.file("sluice-0.txt")));
}

TEST_CASE("records that can't be written are told once, and lose nothing else") {
  const scratch_directory directory;
  const auto file = directory.file("log");
  auto wishes = logging_to(file);
  wishes.record_directory = directory.file("missing");
  CHECK_THROWS_AS(static_cast<void>(open(wishes)), std::runtime_error);
  wishes.record_directory = file; // no directory
  CHECK_THROWS_AS(static_cast<void>(open(wishes)), std::runtime_error);
  std::filesystem::create_directory(directory.file("goes"));
  wishes.record_directory = directory.file("goes");
  {
    const auto log = open(wishes);
    std::filesystem::remove(directory.file("goes"));
    log->keep(flight_record{"", 8, 0});
    log->keep(flight_record{"", 8, 0});
    log->report(severity::error, "goes on");
  }
  auto told = 0;
  auto goes_on = false;
  for (const auto& line : lines_of(file)) {
    told += holds(line, "can't write the record") ? 1 : 0;
    goes_on = goes_on || holds(line, "goes on");
  }
  CHECK(told == 1);
  CHECK(goes_on);
}
