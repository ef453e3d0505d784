#pragma once

#include "protocol/octets.hpp"
#include "server/handlers/file_descriptor.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice {

/// A directory that uploads are stored in. A name shows either what it was before or a whole
/// upload, never a part of one. Thread-safe. It outlives its uploads.
class upload_store {
public:
  /// @returns nothing open, with the cause in `error`, when `directory` is none or can't be written
  /// to
  [[nodiscard]] static upload_store open(const std::string& directory, std::error_code& error);

  [[nodiscard]] bool is_open() const noexcept { return directory_.is_open(); }
  [[nodiscard]] int directory() const noexcept { return directory_.number(); }

  /// Whether an upload may be called `name`: one file name, not hidden.
  [[nodiscard]] static bool is_name(std::string_view name) noexcept;

private:
  file_descriptor directory_;
};

/// One upload on its way to the disk: a temporary file beside its final place. Unless it is
/// published, its destructor removes it. Throws std::system_error whatever the disk refuses.
/// Every call blocks.
class upload {
public:
  enum class outcome { created, replaced };

  explicit upload(const upload_store& store);
  upload(const upload&) = delete;
  upload& operator=(const upload&) = delete;
  ~upload();

  /// Appends to the file. It waits for the disk now and then, so that the disk's pace, not the size
  /// of the page cache, is what the client meets.
  void write(octet_view content);
  /// Makes the file durable, then gives it its name; another file of that name is replaced.
  /// @pre upload_store::is_name(name)
  [[nodiscard]] outcome publish(const std::string& name);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
  void pace();

  const upload_store& store_;
  std::string temporary_name_; ///< empty once published
  file_descriptor file_;
  std::uint64_t size_ = 0;
  std::uint64_t started_ = 0; ///< octets that the kernel was told to write to the disk
};

/// Whether `error` says that there is no room: ENOSPC, EDQUOT, EFBIG.
[[nodiscard]] bool is_out_of_space(const std::error_code& error) noexcept;

} // namespace sluice
