#pragma once

#include "actors/handler/task.hpp"
#include "server/handlers/file_tree.hpp"

#include <memory>
#include <string_view>

namespace sluice {

class exchange;
class router;

/// Answers GET and HEAD with the file of `files` that the route parameter "path" names; a directory
/// with its index.html. Names that begin with a dot are not served, except ".well-known".
/// It blocks for file I/O: place it pooled or detached.
task serve_file(exchange& http, std::shared_ptr<const file_tree> files);

/// Adds the route: files below `prefix`, e.g. "/" or "/files/".
void add_static_files(router& routes, std::string_view prefix,
                      std::shared_ptr<const file_tree> files);

} // namespace sluice
