#include "server/handlers/file_tree.hpp"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int reading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::error_code last_error() noexcept {
  return {errno, std::system_category()};
}

file_descriptor open_beneath(int directory, const std::string& path) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(reading);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed meanwhile, and the kernel could not tell whether the path is
  // safe.
  for (int attempts = 0; attempts < 8; ++attempts) {
    const auto opened = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (opened >= 0)
      return file_descriptor{static_cast<int>(opened)};
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

} // namespace

file_tree file_tree::open(const std::string& directory, std::error_code& error) {
  file_tree made;
  made.directory_ = file_descriptor{::open(directory.c_str(), reading | O_DIRECTORY)};
  if (!made.is_open())
    error = last_error();
  return made;
}

file_descriptor file_tree::open_file(std::string_view path, std::error_code& error) const {
  const std::string relative{path.empty() ? "." : path};
  auto opened = open_beneath(directory_.number(), relative);
  if (!opened.is_open() && (errno == ENOSYS || errno == EPERM))
    opened = open_step_by_step(directory_.number(), relative);
  if (!opened.is_open())
    error = last_error();
  return opened;
}

} // namespace sluice
