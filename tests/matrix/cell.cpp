#include "tests/matrix/cell.hpp"

namespace sluice::testing {

namespace {

template <class Value, std::size_t Count>
std::string name_in(const std::array<std::string_view, Count>& names, Value value) {
  return std::string{names.at(static_cast<std::size_t>(value))};
}

ending cancelled(cancel_reason reason, std::uint16_t status) {
  return {reason, status, std::string{to_string(reason)}};
}

/// The handler was cancelled, and the server has answered for it.
ending answered_for(cancel_reason reason, std::uint16_t status) {
  return {reason, status, "complete"};
}

ending complete(std::uint16_t status) {
  return {std::nullopt, status, "complete"};
}

/// Nobody is a handler yet.
ending in_head(const cell& which) {
  switch (which.how) {
    case departure::fin:
    case departure::half_close: return complete(400);
    case departure::vanished: return complete(408); // S53
    default: return {};
  }
}

ending http_mid_content(const cell& which) {
  switch (which.how) {
    case departure::fin:
    case departure::half_close: return cancelled(cancel_reason::peer_closed, 0); // S39 S40
    case departure::rst: return cancelled(cancel_reason::peer_reset, 0);
    case departure::vanished:
      return which.how_fast == pace::never
               ? answered_for(cancel_reason::handler_deadline, 503) // S6
               : answered_for(cancel_reason::client_deadline, 408); // S53
    case departure::window_full: break;
  }
  // The FIN is hidden: found by who reads on, else the handler is the guilty one (S42).
  return which.how_fast == pace::late ? cancelled(cancel_reason::peer_closed, 0)
                                      : answered_for(cancel_reason::handler_deadline, 503);
}

ending http_after_content(const cell& which) {
  if (which.how == departure::rst)
    return cancelled(cancel_reason::peer_reset, 0);
  // Who has sent its request may shut down and is answered (S41); the rest can't be told apart.
  return which.how_fast == pace::never ? answered_for(cancel_reason::handler_deadline, 503)
                                       : complete(200);
}

ending http_mid_response(const cell& which) {
  if (which.how == departure::rst)
    return cancelled(cancel_reason::peer_reset, 200);
  if (which.how_fast == pace::never)
    return cancelled(cancel_reason::handler_deadline, 200);
  switch (which.how) {
    case departure::fin: return cancelled(cancel_reason::peer_reset, 200); // S46: by the next write
    case departure::half_close: return complete(200);
    default: return cancelled(cancel_reason::write_deadline, 200); // S54
  }
}

ending web_socket(const cell& which, bool gives_up) {
  switch (which.how) {
    // The closing handshake can't be completed any more (S37).
    case departure::fin:
    case departure::half_close: return cancelled(cancel_reason::peer_closed, 101);
    case departure::rst: return cancelled(cancel_reason::peer_reset, 101);
    default: break;
  }
  if (which.when == moment::mid_response)
    return which.how_fast == pace::never ? answered_for(cancel_reason::handler_deadline, 101)
                                         : cancelled(cancel_reason::write_deadline, 101);
  if (which.how == departure::window_full)
    return which.how_fast == pace::late ? cancelled(cancel_reason::peer_closed, 101)
                                        : cancelled(cancel_reason::peer_reset, 101); // S42: Ping
  // A missing pong while we stall is no dead client (S32): the handler is the guilty one.
  if (which.how_fast == pace::never)
    return answered_for(cancel_reason::handler_deadline, 101);
  if (which.when == moment::mid_content)
    return answered_for(cancel_reason::client_deadline, 101); // S53
  // Between messages a WebSocket may be silent; only the kernel can tell (S43).
  return gives_up ? cancelled(cancel_reason::peer_vanished, 101) : ending{};
}

} // namespace

std::string to_string(const cell& which) {
  constexpr std::array<std::string_view, 6> framings{"no content", "Content-Length", "chunked",
                                                     "text",       "binary",         "fragmented"};
  constexpr std::array<std::string_view, 3> paces{"at once", "late", "never"};
  constexpr std::array<std::string_view, 5> departures{"FIN", "half-close", "RST", "vanished",
                                                       "window full"};
  constexpr std::array<std::string_view, 4> moments{"in the head", "mid-content", "after content",
                                                    "mid-response"};
  return name_in(framings, which.what) + ", acknowledged " + name_in(paces, which.how_fast) + ", "
         + name_in(departures, which.how) + ' ' + name_in(moments, which.when);
}

std::string to_string(const ending& what) {
  return (what.cancelled ? std::string{to_string(*what.cancelled)} : "not cancelled") + ", status "
         + std::to_string(what.status) + ", "
         + (what.outcome.empty() ? "not logged" : "logged as " + what.outcome);
}

bool exists(const cell& which) noexcept {
  const auto is_stalled = which.how_fast != pace::at_once && which.what != framing::no_content;
  switch (which.when) {
    // There is no handler yet that could be slow, and nothing that could fill a window.
    case moment::in_head:
      return which.how_fast == pace::at_once && which.how != departure::window_full;
    case moment::mid_content:
      return which.what != framing::no_content
             && (which.how != departure::window_full || is_stalled);
    case moment::after_content:
      // A connection that works on a complete request does not read on, whoever acknowledges.
      return which.how != departure::window_full || is_stalled || !which.is_web_socket();
    case moment::mid_response: break;
  }
  return true;
}

ending expected(const cell& which, bool gives_up) {
  if (which.when == moment::in_head)
    return in_head(which);
  if (which.is_web_socket())
    return web_socket(which, gives_up);
  switch (which.when) {
    case moment::mid_content: return http_mid_content(which);
    case moment::after_content: return http_after_content(which);
    default: return http_mid_response(which);
  }
}

} // namespace sluice::testing
