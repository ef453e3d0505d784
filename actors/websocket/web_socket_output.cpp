#include "sluice/actors/websocket/web_socket_output.hpp"

#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/protocol/websocket/frame.hpp"
#include "sluice/protocol/websocket/utf8.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

namespace {

/// Most payload data in one outgoing frame, so that control frames get between (S33).
constexpr std::size_t fragment_size = 64 * 1024;
/// What the frame headers of one message may take, reckoned for the largest.
constexpr std::size_t frames_overhead = 512;
/// Payload data up to this many octets is copied behind its header.
constexpr std::size_t most_joined = 4096;

} // namespace

std::optional<refusal> web_socket_output::queue(message& content, const asker& from) {
  const auto is_malformed = in_parts_ ? *in_parts_ != content.kind
                                      : content.kind == message_kind::text && content.is_last
                                          && !websocket::is_utf8(content.content.view());
  if (is_malformed)
    return refusal::malformed;
  const auto held = content.size() + frames_overhead;
  if (outgoing_.size() >= most_waiting_sends || !on_.out().admits(held))
    return refusal::output_full;
  in_parts_ = content.is_last ? std::nullopt : std::optional{content.kind};
  outgoing_.push_back({std::move(content), 0, from});
  promised_ += held;
  on_.out().promise(held);
  return std::nullopt;
}

// One fragment at a time, while the output is short: control frames queued meanwhile go between.
void web_socket_output::write_waiting() {
  while (!outgoing_.empty() && on_.out().unsent() < on_.limits().low_water)
    write_fragment(fragment_size);
}

// What was queued before a Close leaves before it: as it is in one frame, for the memory is there;
// compressed fragment by fragment.
void web_socket_output::flush() {
  const auto most = engine_.has_deflate() ? fragment_size : std::numeric_limits<std::size_t>::max();
  while (!outgoing_.empty())
    write_fragment(most);
}

// Moves at most `most` octets of the first waiting message to the output, as one frame.
void web_socket_output::write_fragment(std::size_t most) {
  auto& next = outgoing_.front();
  const auto left = next.content.size() - next.offset;
  const auto size = std::min(left, most);
  const auto is_end = size == left;
  const auto is_final = is_end && next.content.is_last;
  if (engine_.has_deflate()
      && !is_between_fragments_) // of a message in parts nobody knows the size
    is_compressing_ = !next.content.is_last || engine_.should_compress(next.content.size());
  if (is_compressing_)
    write_compressed(next.content.kind, next.content.content.view().subspan(next.offset, size),
                     is_final);
  else
    write_plain(next, size, is_end, is_final);
  is_between_fragments_ = !is_final;
  next.offset += size;
  if (!is_end)
    return;
  const auto held = next.content.size() + frames_overhead; // until now all of it was held
  promised_ -= held;
  on_.out().redeem(held);
  if (next.from.who)
    on_.out().answer_when_sent(next.from); // a copy: refused memory, it is still to be dropped
  outgoing_.pop_front();
}

void web_socket_output::write_plain(outgoing& next, std::size_t size, bool is_end, bool is_final) {
  const auto view = next.content.content.view().subspan(next.offset, size);
  const auto header = websocket::data_frame_header(next.content.kind, !is_between_fragments_,
                                                   is_final, size);
  const auto joined = as_text(view.first(size <= most_joined ? size : 0));
  {
    outbox::draft out{on_.out()};
    out.text().reserve(out.text().size() + header.size() + joined.size());
    out.text().append(header).append(joined);
    out.commit();
  }
  // A copy where the rest goes on to wait: it would hold all of the message, counted once more.
  if (size > most_joined)
    on_.out().push(is_end && (next.offset == 0 || size > fragment_size)
                     ? next.content.content.part(next.offset, size)
                     : octets{view});
}

// Compressed only now: what waits is counted as the handler gave it, and no more than one fragment
// is held twice.
void web_socket_output::write_compressed(message_kind kind, octet_view content, bool is_final) {
  const auto payload = engine_.compress(content, is_final);
  auto frame = websocket::data_frame_header(kind, !is_between_fragments_, is_final, payload.size(),
                                            websocket::compression::deflate);
  frame.reserve(frame.size() + payload.size());
  frame += payload;
  on_.out().push(std::move(frame));
}

bool web_socket_output::push_control() {
  if (!engine_.has_output())
    return true;
  // A Close is sent once and always finds room (S34).
  if (!engine_.close_sent())
    return on_.out().push_control(engine_.take_output());
  on_.out().push(engine_.take_output());
  return true;
}

void web_socket_output::drop() {
  // First: what is left of them is answered later where there is no memory.
  on_.out().redeem(std::exchange(promised_, 0));
  for (; !outgoing_.empty(); outgoing_.pop_front())
    on_.streams().answer(outgoing_.front().from);
}

} // namespace sluice
