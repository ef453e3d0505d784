#pragma once

#include "sluice/actors/handler/task.hpp"
#include "sluice/server/files/file_tree.hpp"

#include <memory>
#include <string_view>

namespace sluice {

class exchange;
class router;

/// Answers GET and HEAD with the file of `files` that the route parameter "path" names; a directory
/// with its index.html. Names that begin with a dot are not served, except ".well-known".
/// It blocks for file I/O: place it pooled or detached.
task serve_file(exchange& http, std::shared_ptr<const file_tree> files);

/// Adds the route: files below `prefix`, e.g. "/" or "/files/". Small files that the kernel has in
/// memory are answered on the event loop, without an actor (docs/adr/0020-files-on-the-loop.md);
/// others by serve_file on the pool.
void add_static_files(router& routes, std::string_view prefix,
                      std::shared_ptr<const file_tree> files);

} // namespace sluice
