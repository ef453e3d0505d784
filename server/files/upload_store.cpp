#include "sluice/server/files/upload_store.hpp"

#include "sluice/server/files/file_response.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

/// Octets that may wait in the page cache before the disk is asked for its pace.
constexpr std::uint64_t write_window = 8 * 1024 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::system_category(), what};
}

/// A name that no other upload has, in this process or in another.
std::string make_temporary_name() {
  static std::atomic<std::uint64_t> count{0};
  return ".upload-" + std::to_string(::getpid()) + '-' + std::to_string(count.fetch_add(1));
}

bool does_not_know_how(int error) noexcept {
  return error == EINVAL || error == ENOSYS || error == ESPIPE || error == EOPNOTSUPP;
}

} // namespace

upload_store upload_store::open(const std::string& directory) {
  const auto what = "can't store uploads in " + directory;
  upload_store made;
  made.directory_ = file_descriptor{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!made.directory_.is_open())
    throw std::system_error{errno, std::system_category(), what};
  try { // permissions do not tell all, e.g. not of a file system that is read-only
    const upload attempt{made};
  } catch (const std::system_error& failure) {
    throw std::system_error{failure.code(), what};
  }
  return made;
}

bool upload_store::is_name(std::string_view name) noexcept {
  constexpr std::size_t longest = 255; // NAME_MAX of every file system in use
  return !name.empty() && name.size() <= longest && name.front() != '.'
         && name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

stored_entry upload_store::look_up(const std::string& name) const {
  struct stat facts {};
  if (::fstatat(directory_.number(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT)
      return {};
    fail("looking up an upload");
  }
  return {validators_of(facts.st_mtim, static_cast<std::uint64_t>(facts.st_size)),
          S_ISDIR(facts.st_mode)};
}

upload::upload(const upload_store& store) : store_{store} {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  do { // a dead process of the same number may have left its own
    temporary_name_ = make_temporary_name();
    file_ = file_descriptor{::openat(store_.directory(), temporary_name_.c_str(), flags, 0666)};
  } while (!file_.is_open() && errno == EEXIST);
  if (!file_.is_open())
    fail("making a temporary file");
}

upload::~upload() {
  if (!temporary_name_.empty())
    ::unlinkat(store_.directory(), temporary_name_.c_str(), 0);
}

void upload::write(octet_view content) {
  while (!content.empty()) {
    const auto count = ::write(file_.number(), content.data(), content.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail("writing an upload");
    content = content.subspan(static_cast<std::size_t>(count));
    size_ += static_cast<std::uint64_t>(count);
  }
  pace();
}

// Starts to write one window to the disk and waits for the one before: at most two wait in memory.
void upload::pace() {
  while (size_ - started_ >= write_window) {
    constexpr auto start = SYNC_FILE_RANGE_WRITE;
    constexpr auto wait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE
                          | SYNC_FILE_RANGE_WAIT_AFTER;
    const auto offset = static_cast<off64_t>(started_);
    constexpr auto length = static_cast<off64_t>(write_window);
    auto result = ::sync_file_range(file_.number(), offset, length, start);
    if (result == 0 && started_ > 0)
      result = ::sync_file_range(file_.number(), offset - length, length, wait);
    // What the disk reports here, fsync would not report again.
    if (result != 0 && !does_not_know_how(errno))
      fail("writing an upload to the disk");
    started_ += write_window;
  }
}

void upload::rename_to(const std::string& name) {
  const int at = store_.directory();
  if (::renameat(at, temporary_name_.c_str(), at, name.c_str()) != 0)
    fail("naming an upload");
  temporary_name_.clear();
}

// @returns false when something has got the name since it was found free
bool upload::take_free_name(const std::string& name) {
  const int at = store_.directory();
  const char* const own = temporary_name_.c_str();
  if (::renameat2(at, own, at, name.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_name_.clear();
    return true;
  }
  if (errno == EEXIST)
    return false;
  if (!does_not_know_how(errno))
    fail("naming an upload");
  if (::linkat(at, own, at, name.c_str(), 0) == 0)
    return true; // the destructor removes the temporary name
  if (errno == EEXIST)
    return false;
  rename_to(name); // a file system that knows neither: what another process has just made is lost
  return true;
}

upload::outcome upload::take_name(const std::string& name, const upload_condition& condition) {
  const std::lock_guard guard{*store_.naming_};
  for (int attempts = 0; attempts < 8; ++attempts) {
    const auto entry = store_.look_up(name);
    if (!condition(entry.current ? &*entry.current : nullptr))
      return outcome::refused;
    if (entry.current) {
      rename_to(name);
      return outcome::replaced;
    }
    // Else another process has made it since: the condition is to judge that state.
    if (take_free_name(name))
      return outcome::created;
  }
  errno = EBUSY;
  fail("naming an upload");
}

upload::outcome upload::publish(const std::string& name, const upload_condition& condition) {
  // Otherwise a power failure could leave the name with an empty file.
  if (::fsync(file_.number()) != 0)
    fail("writing an upload to the disk");
  const auto result = take_name(name, condition);
  if (result != outcome::refused && ::fsync(store_.directory()) != 0 && !does_not_know_how(errno))
    fail("writing the upload directory to the disk");
  return result;
}

bool is_out_of_space(const std::error_code& error) noexcept {
  return error == std::errc::no_space_on_device || error == std::errc::file_too_large
         || error == std::error_code{EDQUOT, std::system_category()};
}

} // namespace sluice
