#include "sluice/server/files/static_files.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/server/files/content_type.hpp"
#include "sluice/server/files/file_response.hpp"
#include "sluice/server/routing/router.hpp"

#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <sys/uio.h>

namespace sluice {

namespace {

/// Whether `path` may be looked up. Segments are not empty: "//host" in a redirect would lead
/// elsewhere. They don't begin with a dot: ".." and what people keep hidden.
bool is_served(std::string_view path) noexcept {
  if (path.find('\0') != std::string_view::npos)
    return false;
  for (;;) {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    if (segment.empty() || (segment.front() == '.' && segment != ".well-known"))
      return false;
    if (slash == std::string_view::npos)
      return true;
    path.remove_prefix(slash + 1);
  }
}

response refusal_for(const std::error_code& error) {
  if (error == std::errc::permission_denied)
    return text("This file can't be read.\n", status::forbidden);
  if (is_out_of_descriptors(error))
    return too_many_files();
  return text("There is no such file.\n", status::not_found);
}

response redirect_to_directory(const request& head) {
  auto answer = text("The directory's address ends with a slash.\n", status::moved_permanently);
  answer.fields.add("Location", head.path + '/' + (head.query.empty() ? "" : '?' + head.query));
  return answer;
}

using open_by = file_descriptor (file_tree::*)(std::string_view, std::error_code&) const;

/// What the path of a request leads to.
struct finding {
  file_descriptor file; ///< open: a regular file, which is to be sent
  std::string path;     ///< of that file
  struct stat facts {};
  std::error_code error;          ///< why there is no file, if the system said so
  std::optional<response> answer; ///< if there is no file to be sent
};

finding find_file(const request& head, const file_tree& files, open_by open) {
  finding found;
  found.path = head.param("path");
  // A directory has a slash after its name and shows its index, a file has none.
  if (found.path.empty() || found.path.ends_with('/'))
    found.path += "index.html";
  if (is_served(found.path))
    found.file = (files.*open)(found.path, found.error);
  if (found.file.is_open() && ::fstat(found.file.number(), &found.facts) == 0) {
    if (S_ISREG(found.facts.st_mode))
      return found;
    if (S_ISDIR(found.facts.st_mode) && !head.path.ends_with('/')) {
      found.answer = redirect_to_directory(head);
      return found;
    }
  }
  found.answer = refusal_for(found.error);
  return found;
}

/// Reads what the page cache holds. @returns nothing if it does not hold all of it
std::optional<std::string> read_cached(const file_descriptor& file, const byte_range& part) {
  std::string content(part.length, '\0');
  iovec where{content.data(), content.size()};
  const auto count = ::preadv2(file.number(), &where, 1, static_cast<off_t>(part.first),
                               RWF_NOWAIT);
  if (count < 0 || static_cast<std::uint64_t>(count) != part.length)
    return std::nullopt;
  return content;
}

/// Answers on the event loop, where that can be done without waiting for a disk: a small file that
/// the kernel has in memory, or an answer without content. Nothing: serve_file is to answer.
std::optional<response> answer_at_once(const request& head, const file_tree& files) {
  constexpr std::uint64_t most = 64 * 1024; // octets, what the pool reads at a time
  auto found = find_file(head, files, &file_tree::open_cached);
  if (found.answer) {
    const auto is_sure = !found.error || found.error == std::errc::no_such_file_or_directory;
    return is_sure ? std::move(found.answer) : std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(found.facts.st_size);
  auto answer = answer_for(head, content_type_of(found.path), size,
                           validators_of(found.facts.st_mtim, size), std::time(nullptr));
  response whole{answer.status, std::move(answer.fields), {}};
  if (answer.status != status::ok && answer.status != status::partial_content)
    return whole;
  if (answer.content.length > most)
    return std::nullopt;
  if (head.method == method::head) { // not sent: only its length is
    whole.content.resize(answer.content.length);
    return whole;
  }
  if (!files.reads_without_trace(found.facts))
    return std::nullopt;
  auto content = read_cached(found.file, answer.content);
  if (!content)
    return std::nullopt;
  whole.content = *std::move(content);
  return whole;
}

} // namespace

task serve_file(exchange& http, std::shared_ptr<const file_tree> files) {
  auto found = find_file(http.request(), *files, &file_tree::open_file);
  if (found.answer) {
    auto answer = *std::move(found.answer);
    co_await http.respond(std::move(answer));
    co_return;
  }
  const auto sending = send_open_file(http, std::move(found.file), content_type_of(found.path));
  co_await sending;
}

void add_static_files(router& routes, std::string_view prefix,
                      std::shared_ptr<const file_tree> files) {
  routes
    .get(std::string{prefix} + "{path...}",
         [files](exchange& http) { return serve_file(http, files); })
    .pooled()
    .guard(
      [files = std::move(files)](const request& head) { return answer_at_once(head, *files); });
}

} // namespace sluice
