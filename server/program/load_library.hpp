#pragma once

#include <string>

namespace sluice {

class router;

/// Adds the routes of the shared object at `path`. It is built against the installed headers and
/// exports `extern "C" void sluice_routes(sluice::router&)`. It stays loaded until the process
/// ends: handlers may run its code until then.
/// @returns whether it could; if not, `error` is a sentence for the user
[[nodiscard]] bool load_library(const std::string& path, router& routes, std::string& error);

} // namespace sluice
