#include "sluice/server/files/files.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/server/files/content_type.hpp"
#include "sluice/server/files/file_response.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace sluice {

namespace {

[[noreturn]] void refuse(int error) {
  if (error == EACCES || error == EPERM)
    throw http_error{status::forbidden, "This file can't be read."};
  if (error == EMFILE || error == ENFILE)
    throw http_error{{status::service_unavailable, "Too many files are open.", {}, {}, {}, {}},
                     {{"Retry-After", "1"}}};
  throw http_error{status::not_found, "There is no such file."};
}

} // namespace

task send_file(exchange& http, std::string path, std::string content_type) {
  // Not blocking: a pipe in the file's place would wait for its writer.
  file_descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open())
    refuse(errno);
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode))
    refuse(ENOENT);
  if (content_type.empty())
    content_type = content_type_of(path);
  co_await send_open_file(http, std::move(file), content_type);
}

} // namespace sluice
