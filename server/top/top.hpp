#pragma once

namespace sluice {

/// `sluice top`: shows whom the connections of a running server wait for, as its admin listener
/// tells, on the whole screen or once. `argv[0]` is the verb.
/// @returns the exit status: 0; 1 where the server can't be asked; 2 for a wrong flag. A sentence
/// on standard error says what was wrong.
[[nodiscard]] int top(int argc, const char* const* argv);

} // namespace sluice
