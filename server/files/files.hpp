#pragma once

#include "sluice/actors/handler/task.hpp"

#include <string>

namespace sluice {

class exchange;

/// Answers with the regular file at `path`, piece by piece, with what HTTP has for files: its
/// validators, conditional requests, and one range. RFC 9110 sec. 8.8, 13, 14. Throws http_error:
/// 404 if there is no such file, 403 if it can't be read, 503 if too many files are open. A file
/// that turns out shorter than it was ends in a truncated response.
///
/// It blocks for file I/O: let the route be `.pooled()` or `.detached()`. `path` is the program's:
/// a part of it that comes from a client may lead anywhere. `content_type`: empty for what the
/// file's extension stands for.
[[nodiscard]] task send_file(exchange& http, std::string path, std::string content_type = {});

} // namespace sluice
