// The sending half of web_socket_conversation: what a handler sends, and control frames.

#include "sluice/actors/caf/message_type.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/websocket/web_socket_conversation.hpp"
#include "sluice/protocol/websocket/frame.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// What the frame headers of one message may take, reckoned for the largest.
constexpr std::size_t frames_overhead = 512;
/// Payload data up to this many octets is copied behind its header.
constexpr std::size_t most_joined = 4096;

} // namespace

void web_socket_conversation::on_handler_message(caf::mailbox_element& element, const asker& from) {
  auto& content = element.content();
  const message_type type{content};
  if (!session_.close_received()) // from then on only what it acknowledges is progress
    socket_.note_progress(wait::handler);
  if (type.is<send_message>())
    return on_send(content.get_mutable_as<send_message>(0).content, from);
  if (type.is<send_close>()) {
    const auto& wish = content.get_as<send_close>(0);
    if (!websocket::is_sendable(static_cast<std::uint16_t>(wish.code)))
      return socket_.answer(from, make_error(refusal::malformed));
    if (session_.close_sent() && !socket_.admits(0))
      return socket_.answer(from, make_error(refusal::output_full));
    start_close(wish.code, wish.reason);
    return socket_.answer_when_sent(from);
  }
  if (type.is<read_content>())
    return;
  if (type.is<respond>() || type.is<begin_response>() || type.is<response_content>()
      || type.is<end_response>())
    return socket_.answer(from, make_error(refusal::wrong_protocol));
  socket_.answer(from, caf::make_error(caf::sec::unexpected_message));
}

void web_socket_conversation::on_send(message& content, const asker& from) {
  if (session_.close_sent()) {
    // Behind the client's Close a send does nothing, as after a cancellation; behind our own it is
    // an error.
    if (session_.close_received())
      return socket_.answer(from);
    return socket_.answer(from, make_error(refusal::close_sent));
  }
  if (const auto refused = queue(content, from))
    socket_.answer(from, make_error(*refused));
}

std::optional<refusal> web_socket_conversation::queue(message& content, const asker& from) {
  const auto is_malformed = in_parts_ ? *in_parts_ != content.kind
                                      : content.kind == message_kind::text && content.is_last
                                          && !websocket::is_utf8(content.content.view());
  if (is_malformed)
    return refusal::malformed;
  if (outgoing_.size() >= most_waiting_sends || !socket_.admits(content.size() + frames_overhead))
    return refusal::output_full;
  in_parts_ = content.is_last ? std::nullopt : std::optional{content.kind};
  unsent_ += content.size();
  outgoing_.push_back({std::move(content), 0, from});
  return std::nullopt;
}

// One fragment at a time, while the output queue is short: control frames queued meanwhile go
// between (S33).
void web_socket_conversation::fill_output() {
  write_waiting();
  if (function_ != nullptr)
    take_parked();
}

void web_socket_conversation::write_waiting() {
  while (!outgoing_.empty() && socket_.output().unsent() < socket_.limits().low_water)
    write_fragment(fragment_size);
}

// Moves at most `most` octets of the first waiting message to the output, as one frame.
void web_socket_conversation::write_fragment(std::size_t most) {
  auto& next = outgoing_.front();
  const auto view = next.content.content.view().subspan(next.offset);
  const auto size = std::min(view.size(), most);
  const auto is_end = size == view.size();
  const auto is_final = is_end && next.content.is_last;
  if (session_.has_deflate() && !between_fragments_) // of a message in parts nobody knows the size
    is_compressing_ = !next.content.is_last || session_.should_compress(next.content.size());
  if (is_compressing_) {
    write_compressed(next.content.kind, view.first(size), is_final);
  } else {
    const auto header = websocket::data_frame_header(next.content.kind, !between_fragments_,
                                                     is_final, size);
    const auto joined = as_text(view.first(size <= most_joined ? size : 0));
    auto& out = socket_.tail();
    out.reserve(out.size() + header.size() + joined.size());
    out.append(header).append(joined);
    socket_.wrote();
    // A copy where the rest goes on to wait: it would hold all of the message, counted once more.
    if (size > most_joined)
      socket_.write(is_end && (next.offset == 0 || size > fragment_size)
                      ? next.content.content.part(next.offset, size)
                      : octets{view.first(size)});
  }
  between_fragments_ = !is_final;
  next.offset += size;
  if (!is_end)
    return;
  unsent_ -= next.content.size(); // until now all of it was held
  if (next.from.who)
    socket_.answer_when_sent(std::move(next.from));
  outgoing_.pop_front();
}

// Compressed only now: what waits is counted as the handler gave it, and no more than one fragment
// is held twice.
void web_socket_conversation::write_compressed(message_kind kind, octet_view content,
                                               bool is_final) {
  const auto payload = session_.compress(content, is_final);
  auto frame = websocket::data_frame_header(kind, !between_fragments_, is_final, payload.size(),
                                            websocket::compression::deflate);
  frame.reserve(frame.size() + payload.size());
  frame += payload;
  socket_.write(std::move(frame));
}

void web_socket_conversation::push_control() {
  if (!session_.has_output())
    return;
  // A Close is sent once and always finds room (S34).
  if (session_.close_sent())
    return socket_.write(session_.take_output());
  if (!socket_.write_control(session_.take_output())) {
    ending_ = ending::over;
    socket_.fail(cancel_reason::write_deadline);
  }
}

std::size_t web_socket_conversation::unsent() const {
  return unsent_ + outgoing_.size() * frames_overhead;
}

void web_socket_conversation::drop_outgoing() {
  unsent_ = 0; // first: what is left of them is answered later where there is no memory
  for (; !outgoing_.empty(); outgoing_.pop_front())
    socket_.answer(outgoing_.front().from);
}

} // namespace sluice
