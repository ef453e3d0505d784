#pragma once

#include "sluice/actors/connection/stall.hpp"

#include <functional>

namespace sluice {

struct loop_context;

/// Looks at all connections of a loop, some in each of its rounds, so that nobody is held up, and
/// gives what was seen to `done`, on the loop's thread. Thread-safe. Of a loop that is held up, or
/// that gets no memory for it, nothing comes. Throws std::bad_alloc.
void survey(loop_context& where, stall_query what, std::function<void(stall_list&&)> done);

} // namespace sluice
