#include "sluice/server/scaffold/project.hpp"

#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

using namespace sluice;
using sluice::testing::scratch_directory;

TEST_CASE("the name of a project is one of files and targets and a program (project.hpp)") {
  for (const auto& name : {std::string{"a"}, std::string{"a1"}, std::string{"demo_service"},
                           std::string{"a_1_b"}, std::string(64, 'a')}) {
    CAPTURE(name);
    CHECK(judge_project_name(name).empty());
  }
  for (const auto& name :
       {std::string{}, std::string{"1a"}, std::string{"_a"}, std::string{"a_"}, std::string{"a__b"},
        std::string{"A"}, std::string{"a-b"}, std::string{"a.b"}, std::string{"a/b"},
        std::string{"test"}, std::string{"main"}, std::string{"sluice"}, std::string(65, 'a')}) {
    CAPTURE(name);
    CHECK_FALSE(judge_project_name(name).empty());
  }
}

TEST_CASE("a project is written to a folder that is not there or empty (project.hpp)") {
  const scratch_directory here;
  CHECK_NOTHROW(write_project("demo", here.file("one/two")));
  CHECK(std::filesystem::exists(here.file("one/two/demo.cpp")));
  CHECK(here.read("one/two/CMakeLists.txt").find("demo") != std::string::npos);
  CHECK(here.read("one/two/demo.cpp").find('@') == std::string::npos); // no mark is left
  std::filesystem::create_directory(here.file("empty"));
  CHECK_NOTHROW(write_project("demo", here.file("empty/")));
  CHECK(std::filesystem::exists(here.file("empty/demo.cpp")));
}

TEST_CASE("a folder with something in it stays as it is (project.hpp)") {
  const scratch_directory here;
  here.write("mine", "x");
  CHECK_THROWS_AS(write_project("demo", here.path()), std::runtime_error);
  CHECK(here.names() == std::set<std::string>{"mine"});
}

TEST_CASE("a project that can't be finished leaves nothing (project.hpp)") {
  const scratch_directory here;
  here.write("file", "x");
  CHECK_THROWS_AS(write_project("demo", here.file("file")), std::runtime_error);
  CHECK_THROWS_AS(write_project("demo", here.file("file/below")), std::runtime_error);
  CHECK(here.names() == std::set<std::string>{"file"});
  // Two names that are one file: the second must not be written over the first.
  CHECK_THROWS_AS(write_project("main", here.file("new/folder")), std::runtime_error);
  CHECK(here.names() == std::set<std::string>{"file"});
}
