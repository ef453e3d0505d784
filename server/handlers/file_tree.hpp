#pragma once

#include "server/handlers/file_descriptor.hpp"

#include <string>
#include <string_view>
#include <system_error>

namespace sluice {

/// A directory whose files are opened for reading, and nothing outside it: neither "..", nor
/// absolute paths, nor symbolic links lead out. Thread-safe.
class file_tree {
public:
  /// @returns nothing open, with the cause in `error`, when `directory` is none or can't be read
  [[nodiscard]] static file_tree open(const std::string& directory, std::error_code& error);

  [[nodiscard]] bool is_open() const noexcept { return directory_.is_open(); }

  /// Opens the file or directory at `path`, relative to the tree; "" is the tree itself.
  /// Never waits, as opening a FIFO would. @pre `path` holds no NUL
  [[nodiscard]] file_descriptor open_file(std::string_view path, std::error_code& error) const;

private:
  file_descriptor directory_;
};

} // namespace sluice
