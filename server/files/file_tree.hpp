#pragma once

#include "sluice/actors/net/file_descriptor.hpp"

#include <string>
#include <string_view>
#include <system_error>

struct stat;

namespace sluice {

/// A directory whose files are opened for reading, and nothing outside it: neither "..", nor
/// absolute paths, nor symbolic links lead out. Thread-safe.
class file_tree {
public:
  /// Throws std::system_error, with a sentence for the user, when `directory` is none or can't be
  /// read.
  [[nodiscard]] static file_tree open(const std::string& directory);

  /// Opens the file or directory at `path`, relative to the tree; "" is the tree itself.
  /// Never waits, as opening a FIFO would. @pre `path` holds no NUL
  [[nodiscard]] file_descriptor open_file(std::string_view path, std::error_code& error) const;

  /// The same for an event loop: opens only what the kernel finds in its memory, on the file system
  /// of the tree itself. Errors: resource_unavailable_try_again when it might have to wait, or
  /// can't tell: open_file knows
  [[nodiscard]] file_descriptor open_cached(std::string_view path, std::error_code& error) const;

  /// Whether reading a file with these `facts` changes nothing on the disk: a new time of access
  /// would have to wait for the file system's journal.
  [[nodiscard]] bool reads_without_trace(const struct stat& facts) const noexcept;

private:
  /// When the file system notes the time of an access.
  enum class access_times { never, relative, always };

  file_tree() = default;
  void judge_file_system() noexcept;

  file_descriptor directory_;
  bool has_cache_ = false; ///< what is cached can be told, and is opened without waiting
  access_times noted_ = access_times::always;
};

} // namespace sluice
