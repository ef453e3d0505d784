#pragma once

#include <string>

namespace sluice {

class router;

/// Adds the routes of the shared object at `path`. It is built against the installed headers and
/// exports `extern "C" void sluice_routes(sluice::router&)`. It stays loaded until the process
/// ends: handlers may run its code until then.
/// Throws std::runtime_error, with a sentence for the user, when it can't.
void load_library(const std::string& path, router& routes);

} // namespace sluice
