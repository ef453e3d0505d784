#pragma once

#include <string>

namespace sluice {

/// A new directory of this user alone; removed, with all that is in it, by its destructor.
class temporary_directory {
public:
  /// Throws std::runtime_error, with a sentence, where there can be none.
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
  std::string path_; ///< empty if it could not be made
};

} // namespace sluice
