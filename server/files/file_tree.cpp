#include "sluice/server/files/file_tree.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int reading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::error_code last_error() noexcept {
  return {errno, std::system_category()};
}

constexpr std::uint64_t beneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
/// Of what is in memory, and on no other file system: that one may ask another host.
constexpr std::uint64_t beneath_and_cached = beneath | RESOLVE_CACHED | RESOLVE_NO_XDEV;

/// File systems that ask neither another host nor another process when an entry that the kernel
/// remembers is opened.
constexpr std::array<std::uint32_t, 5> local_file_systems{
  EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};

file_descriptor open_resolving(int directory, const std::string& path,
                               std::uint64_t resolve) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(reading);
  how.resolve = resolve;
  return file_descriptor{
    static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how))};
}

file_descriptor open_beneath(int directory, const std::string& path) noexcept {
  // EAGAIN: something was renamed meanwhile, and the kernel could not tell whether the path is
  // safe.
  for (int attempts = 0; attempts < 8; ++attempts) {
    if (auto opened = open_resolving(directory, path, beneath); opened.is_open())
      return opened;
    if (errno != EAGAIN && errno != EINTR)
      break;
  }
  return {};
}

/// For kernels before 5.6 and sandboxes that don't know openat2: one name at a time, and no
/// symbolic links at all.
file_descriptor open_step_by_step(int directory, std::string_view path) {
  file_descriptor at;
  for (;;) {
    const auto slash = path.find('/');
    const std::string name{path.substr(0, slash)};
    if (name == "..") {
      errno = EXDEV;
      return {};
    }
    const bool is_last = slash == std::string_view::npos;
    const int flags = reading | O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY);
    file_descriptor next{::openat(at.is_open() ? at.number() : directory, name.c_str(), flags)};
    if (is_last || !next.is_open())
      return next;
    at = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

/// "" is the tree itself.
std::string relative(std::string_view path) {
  return std::string{path.empty() ? "." : path};
}

bool is_before(const std::timespec& one, const std::timespec& other) noexcept {
  return one.tv_sec < other.tv_sec || (one.tv_sec == other.tv_sec && one.tv_nsec < other.tv_nsec);
}

} // namespace

file_tree file_tree::open(const std::string& directory) {
  file_tree made;
  made.directory_ = file_descriptor{::open(directory.c_str(), reading | O_DIRECTORY)};
  if (!made.directory_.is_open())
    throw std::system_error{last_error(), "can't serve files from " + directory};
  made.judge_file_system();
  return made;
}

void file_tree::judge_file_system() noexcept {
  struct statfs kind {};
  struct statvfs mount {};
  const int directory = directory_.number();
  if (::fstatfs(directory, &kind) != 0 || ::fstatvfs(directory, &mount) != 0)
    return;
  const auto is_local = std::find(local_file_systems.begin(), local_file_systems.end(),
                                  static_cast<std::uint32_t>(kind.f_type))
                        != local_file_systems.end();
  // Kernels before 5.12 don't know RESOLVE_CACHED.
  has_cache_ = is_local && open_resolving(directory, ".", beneath_and_cached).is_open();
  if ((mount.f_flag & (ST_RDONLY | ST_NOATIME)) != 0)
    noted_ = access_times::never;
  else if ((mount.f_flag & ST_RELATIME) != 0)
    noted_ = access_times::relative;
}

file_descriptor file_tree::open_file(std::string_view path, std::error_code& error) const {
  const auto name = relative(path);
  auto opened = open_beneath(directory_.number(), name);
  if (!opened.is_open() && (errno == ENOSYS || errno == EPERM))
    opened = open_step_by_step(directory_.number(), name);
  if (!opened.is_open())
    error = last_error();
  return opened;
}

file_descriptor file_tree::open_cached(std::string_view path, std::error_code& error) const {
  file_descriptor opened;
  if (has_cache_)
    opened = open_resolving(directory_.number(), relative(path), beneath_and_cached);
  else
    errno = EAGAIN;
  if (opened.is_open())
    return opened;
  // Of a refusal only this is sure: another file system, for instance, is none of open_file.
  error = errno == ENOENT ? last_error()
                          : std::make_error_code(std::errc::resource_unavailable_try_again);
  return opened;
}

bool file_tree::reads_without_trace(const struct stat& facts) const noexcept {
  if (noted_ != access_times::relative)
    return noted_ == access_times::never;
  // As the kernel judges: a file that has changed since the last access, and once a day. The hour
  // is for two clocks that differ.
  constexpr std::time_t fresh = 23 * 60 * 60;
  return is_before(facts.st_mtim, facts.st_atim) && is_before(facts.st_ctim, facts.st_atim)
         && std::time(nullptr) - facts.st_atim.tv_sec < fresh;
}

} // namespace sluice
