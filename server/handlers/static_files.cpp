#include "server/handlers/static_files.hpp"

#include "actors/handler/exchange.hpp"
#include "server/handlers/content_type.hpp"
#include "server/handlers/file_response.hpp"
#include "server/router.hpp"

#include <string>

#include <sys/stat.h>

namespace sluice {

namespace {

/// Whether `path` may be looked up. Segments are not empty: "//host" in a redirect would lead
/// elsewhere. They don't begin with a dot: ".." and what people keep hidden.
bool is_served(std::string_view path) noexcept {
  if (path.empty())
    return true; // the tree itself
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

enum class file_kind { regular, directory, other };

file_kind kind_of(const file_descriptor& file) noexcept {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0)
    return file_kind::other;
  if (S_ISREG(facts.st_mode))
    return file_kind::regular;
  return S_ISDIR(facts.st_mode) ? file_kind::directory : file_kind::other;
}

} // namespace

task serve_file(exchange& http, std::shared_ptr<const file_tree> files) {
  const auto& head = http.request();
  std::string path{http.param("path")};
  const bool names_directory = head.path.ends_with('/');
  if (path.ends_with('/'))
    path.pop_back();

  std::error_code error;
  file_descriptor file;
  auto kind = file_kind::other;
  if (is_served(path)) {
    file = files->open_file(path, error);
    kind = kind_of(file);
  }
  if (kind == file_kind::directory && !names_directory) {
    auto redirect = redirect_to_directory(head);
    co_await http.respond(std::move(redirect));
    co_return;
  }
  if (kind == file_kind::directory) {
    path += path.empty() ? "index.html" : "/index.html";
    file = files->open_file(path, error);
    kind = kind_of(file);
  } else if (names_directory) {
    kind = file_kind::other; // a file has no slash after its name
  }
  if (kind != file_kind::regular) {
    auto refusal = refusal_for(error);
    co_await http.respond(std::move(refusal));
    co_return;
  }
  const auto sending = send_open_file(http, std::move(file), content_type_of(path));
  co_await sending;
}

void add_static_files(router& routes, std::string_view prefix,
                      std::shared_ptr<const file_tree> files) {
  routes
    .get(std::string{prefix} + "{path...}",
         [files = std::move(files)](exchange& http) { return serve_file(http, files); })
    .pooled();
}

} // namespace sluice
