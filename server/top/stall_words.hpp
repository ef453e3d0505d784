#pragma once

#include "sluice/server/top/stall_picture.hpp"

#include <string>

namespace sluice {

/// Why a connection waits, in plain words: "no content comes".
[[nodiscard]] std::string why_it_waits(const pictured_stall& which);

/// What the handler of a connection does: "asks counter, as 23 do". "-" where there is none.
[[nodiscard]] std::string what_handler_does(const pictured_stall& which);

/// What is wrong with a loop, as a sentence: "event loop 0 has been held up for 4.7 s by the
/// handler of /slow; its 12 connections are not listed". Empty where it has answered and is not
/// busy.
[[nodiscard]] std::string what_holds_up(const pictured_loop& which);

} // namespace sluice
