// How a web_socket_conversation ends: our Close, when it is sent, and what follows it.

#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/websocket/web_socket_conversation.hpp"

#include <cassert>
#include <limits>
#include <string>

namespace sluice {

bool web_socket_conversation::owes_close() const noexcept {
  return (session_.close_received() || ending_ == ending::failing) && !session_.close_sent();
}

// Anew with each message that is handled, and whatever waits to leave: what a handler sends without
// end must not keep the client waiting for its Close.
void web_socket_conversation::expect_answers() {
  if (owes_close())
    restart_close_answer();
}

void web_socket_conversation::restart_close_answer() {
  socket_.clocks().start(wait::close_answer, socket_.shared().loop.now(),
                         patience(wait::close_answer));
}

// Our own Close, unless there was one. A client that broke the protocol hears of that.
void web_socket_conversation::start_close(close_code code, std::string_view reason) {
  if (session_.close_sent())
    return;
  parked_.clear();
  if (ending_ == ending::failing)
    return pay_close();
  flush_outgoing();
  session_.close(code, reason);
  push_control();
  if (ending_ == ending::open)
    ending_ = ending::ours;
}

// The Close that is owed, for the client's or for what it broke.
void web_socket_conversation::pay_close() {
  if (session_.close_sent())
    return;
  flush_outgoing();
  session_.close_as_owed();
  push_control();
}

// What was queued before a Close leaves before it: as it is in one frame, for the memory is there;
// compressed fragment by fragment.
void web_socket_conversation::flush_outgoing() {
  const auto most = session_.has_deflate() ? fragment_size
                                           : std::numeric_limits<std::size_t>::max();
  while (!outgoing_.empty())
    write_fragment(most);
}

// Called whenever something has come, was handled or has ended.
void web_socket_conversation::advance() {
  const auto& link = socket_.link();
  const auto is_handled = parked_.empty() && !link.is_stalled();
  // A handler ends by itself after the client's Close; whatever else ends a WebSocket cancels it.
  const auto has_handler = link.is_attached() && !link.is_cancelled();
  if (ending_ == ending::theirs && is_handled) {
    ending_ = ending::told; // once everything before it is acknowledged (S38)
    socket_.link().notify(
      closed{session_.received_code(), std::string{session_.received_reason()}});
    restart_close_answer();
  }
  if (ending_ == ending::failing && (is_handled || !has_handler || !owes_close()))
    return fail();
  if (!has_handler && (ending_ == ending::theirs || ending_ == ending::told))
    return end();
}

void web_socket_conversation::on_answers_overdue() {
  if (ending_ == ending::failing)
    return fail();
  // What is left of the messages is delivered, its answers are not.
  if (ending_ == ending::theirs && owes_close())
    return pay_close();
  socket_.cancel_handler(cancel_reason::peer_closed);
  end();
}

void web_socket_conversation::fail() {
  socket_.cancel_handler(broken_);
  end();
}

// What is queued leaves, then TCP ends (S35).
void web_socket_conversation::end() {
  if (ending_ == ending::over)
    return;
  if (owes_close())
    pay_close();
  ending_ = ending::over;
  parked_.clear();
  socket_.clocks().stop(wait::close_answer);
  entry_.write(socket_.shared().log, socket_.peer(), socket_.output().queued_total(),
               socket_.shared().loop.exact_time(), "complete");
  entry_.status = 0; // written
  socket_.finish();
}

} // namespace sluice
