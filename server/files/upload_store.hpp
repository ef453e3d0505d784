#pragma once

#include "sluice/actors/net/file_descriptor.hpp"
#include "sluice/protocol/http/preconditions.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice {

/// What a name in a directory stands for. A symbolic link stands for itself: an upload would
/// replace it, not what it leads to.
struct stored_entry {
  std::optional<validators> current; ///< absent: there is nothing of that name
  bool is_directory = false;
};

/// A directory that uploads are stored in. A name shows either what it was before or a whole
/// upload, never a part of one. Thread-safe. It outlives its uploads.
class upload_store {
public:
  /// Throws std::system_error, with a sentence for the user, when `directory` is none or can't be
  /// written to.
  [[nodiscard]] static upload_store open(const std::string& directory);

  [[nodiscard]] int directory() const noexcept { return directory_.number(); }

  /// Whether an upload may be called `name`: one file name, not hidden.
  [[nodiscard]] static bool is_name(std::string_view name) noexcept;

  /// What has the name `name` now. Throws std::system_error. It blocks.
  [[nodiscard]] stored_entry look_up(const std::string& name) const;

private:
  friend class upload;
  upload_store() = default;

  file_descriptor directory_;
  /// Held from the look at a name to its change. Behind a pointer, so that a store can be moved.
  std::unique_ptr<std::mutex> naming_ = std::make_unique<std::mutex>();
};

/// Whether an upload may be stored, given what has its name; null: nothing has.
using upload_condition = std::function<bool(const validators* current)>;

/// One upload on its way to the disk: a temporary file beside its final place. Unless it is
/// published, its destructor removes it. Throws std::system_error whatever the disk refuses.
/// Every call blocks.
class upload {
public:
  enum class outcome { created, replaced, refused };

  explicit upload(const upload_store& store);
  upload(const upload&) = delete;
  upload& operator=(const upload&) = delete;
  ~upload();

  /// Appends to the file. It waits for the disk now and then, so that the disk's pace, not the size
  /// of the page cache, is what the client meets.
  void write(octet_view content);
  /// Makes the file durable, then gives it its name if `condition` lets it; another file of that
  /// name is replaced. No other upload to this store comes between the condition and the change,
  /// and what another process has made in between is never replaced where nothing was there.
  /// @pre upload_store::is_name(name)
  [[nodiscard]] outcome publish(const std::string& name, const upload_condition& condition);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
  void pace();
  [[nodiscard]] outcome take_name(const std::string& name, const upload_condition& condition);
  void rename_to(const std::string& name);
  [[nodiscard]] bool take_free_name(const std::string& name);

  const upload_store& store_;
  std::string temporary_name_; ///< empty once published
  file_descriptor file_;
  std::uint64_t size_ = 0;
  std::uint64_t started_ = 0; ///< octets that the kernel was told to write to the disk
};

/// Whether `error` says that there is no room: ENOSPC, EDQUOT, EFBIG.
[[nodiscard]] bool is_out_of_space(const std::error_code& error) noexcept;

} // namespace sluice
