#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A directory that goes with its test.
class scratch_directory {
public:
  scratch_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error{"no directory can be made at " + pattern};
    path_ = pattern;
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The path of what is called `name` here, whether it is there or not.
  [[nodiscard]] std::string file(std::string_view name) const { return path_ / name; }

  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream{file(name), std::ios::binary} << content;
    return file(name);
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream input{file(name), std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
  }
  /// The names of all that is here.
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator{path_})
      all.insert(entry.path().filename());
    return all;
  }

private:
  std::filesystem::path path_;
};

} // namespace sluice::testing
