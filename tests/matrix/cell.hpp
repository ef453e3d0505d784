#pragma once

#include "sluice/actors/messages/cancel_reason.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The matrix at the end of SEMANTICS.md: what the client sends, how the handler acknowledges it,
/// how the client goes, and when.
namespace sluice::testing {

enum class framing : std::uint8_t {
  no_content,
  content_length,
  chunked,
  ws_text,
  ws_binary,
  ws_fragmented
};
/// How the handler acknowledges: `late` is after the client has gone.
enum class pace : std::uint8_t { at_once, late, never };
/// `fin`: closed with the window open. `window_full`: before the response, it sends until it is
/// blocked and closes, so that its FIN waits behind octets that nobody reads; during the response,
/// it stays and does not read.
enum class departure : std::uint8_t { fin, half_close, rst, vanished, window_full };
enum class moment : std::uint8_t { in_head, mid_content, after_content, mid_response };

struct cell {
  framing what = framing::no_content;
  pace how_fast = pace::at_once;
  departure how = departure::fin;
  moment when = moment::in_head;

  [[nodiscard]] bool is_web_socket() const noexcept { return what >= framing::ws_text; }
};

/// What becomes of a cell, as far as it is seen from outside.
struct ending {
  std::optional<cancel_reason> cancelled; ///< what the handler was told
  std::uint16_t status = 0; ///< as logged; 0: no response began, or nothing was logged
  std::string outcome;      ///< as logged; empty: nothing was

  friend bool operator==(const ending& a, const ending& b) {
    return a.cancelled == b.cancelled && a.status == b.status && a.outcome == b.outcome;
  }
};

[[nodiscard]] std::string to_string(const cell& which);
[[nodiscard]] std::string to_string(const ending& what);

/// Whether there is such a cell: content that does not exist has no middle, a window that is read
/// does not fill.
[[nodiscard]] bool exists(const cell& which) noexcept;

/// What SEMANTICS.md demands. `gives_up`: the kernel tells in the end that a vanished host is gone.
[[nodiscard]] ending expected(const cell& which, bool gives_up);

/// Calls `call` with every cell of `what` that exists.
template <class Call>
void for_each_cell(framing what, Call call) {
  for (const auto when :
       {moment::in_head, moment::mid_content, moment::after_content, moment::mid_response})
    for (const auto how_fast : {pace::at_once, pace::late, pace::never})
      for (const auto how : {departure::fin, departure::half_close, departure::rst,
                             departure::vanished, departure::window_full})
        if (const cell which{what, how_fast, how, when}; exists(which))
          call(which);
}

} // namespace sluice::testing
