#include "tests/fuzz/session_run.hpp"

#include "sluice/protocol/errc.hpp"

#include <utility>

namespace sluice::fuzz {

using websocket::session_event;

session_run::session_run(const session_settings& chosen, octet_view whole, parts shown)
  : chosen_{chosen}, peer_{chosen.bounds}, whole_{whole}, shown_{shown} {}

bool session_run::feed(octet_view piece) {
  while (!is_over_) {
    const auto step = peer_.next(piece);
    require(step.consumed <= piece.size(), "no more is consumed than there was");
    piece = piece.subspan(step.consumed);
    at_ += step.consumed;
    const auto bound = chosen_.bounds.part != 0 ? chosen_.bounds.part : chosen_.bounds.message;
    require(peer_.buffered() <= bound, "no more is held than the limit");
    if (step.event == session_event::none) {
      require(piece.empty(), "without an event all is consumed");
      require(!peer_.has_output(), "without an event nothing is sent");
      return true;
    }
    on_event(step);
  }
  return false;
}

void session_run::on_event(const websocket::session::step& step) {
  require(step.event == session_event::error || !step.error, "an error has its event");
  if (step.event == session_event::close || step.event == session_event::error) {
    require(peer_.close_sent() == is_closed_by_us_ && !peer_.has_output(), "our Close is owed");
    peer_.close_as_owed();
  }
  switch (step.event) {
    case session_event::none: break;
    case session_event::message: on_message(); break;
    case session_event::ping: on_control(0x9); break;
    case session_event::pong: on_control(0xa); break;
    case session_event::close: on_close(); break;
    case session_event::error: on_error(step); break;
  }
  if (!is_over_)
    return act();
  const auto rest = whole_.subspan(at_);
  const auto after = peer_.next(rest);
  require(after.event == session_event::none && after.consumed == rest.size(),
          "after the end everything is ignored");
  require(!peer_.has_output() && peer_.buffered() == 0, "after the end nothing is sent or held");
  require(peer_.close_sent(), "both sides close");
}

frame session_run::read_up_to_event() {
  while (true) {
    auto found = read_frame(whole_.subspan(frame_at_));
    require(found.has_value(), "an event is about a whole frame");
    frame_at_ += found->size;
    judge(*found);
    require(frame_at_ <= at_, "an event comes after its frame");
    if (frame_at_ == at_)
      return *std::move(found);
    require(!found->is_control(), "a control frame has its event at once");
    require(!found->is_final || is_closed_by_us_, "a message has its event at once");
  }
}

/// What a frame that was taken must be. RFC 6455 sec. 5.2, 5.4, 5.5
void session_run::judge(const frame& found) {
  require(found.is_masked && found.rsv == 0, "a client's frame is masked and has no RSV bit");
  require(found.is_shortest, "a length has its shortest form");
  if (found.is_control()) {
    require(found.opcode <= 0xa, "a control frame has a known opcode");
    require(found.is_final && found.payload.size() <= 125, "a control frame is whole and short");
    return;
  }
  require(found.opcode <= 2, "a data frame has a known opcode");
  require((found.opcode == 0) == (kind_ != 0), "fragments stand in order");
  if (found.opcode != 0)
    kind_ = found.opcode;
  expected_ += found.payload;
  if (found.is_final && is_closed_by_us_) { // dropped without an event
    kind_ = 0;
    expected_.clear();
  }
}

void session_run::on_message() {
  require(!peer_.close_sent(), "after our Close no message is delivered");
  const auto message = peer_.take_message();
  const bool is_text = message.kind == websocket::message_kind::text;
  const std::string kind = is_text ? "text" : "binary";
  const std::string content{message.content.text()};
  const auto part = chosen_.bounds.part;
  require(content.size() <= (part != 0 ? part : chosen_.bounds.message), "a limit holds");
  require(message.is_last || (part != 0 && content.size() == part), "a part is full");
  require(peer_.buffered() == 0, "what is delivered is no longer held");
  delivered_ += content;
  if (!message.is_last) {
    note(shown_ == parts::apart ? kind + " part " + content : "", "");
    return;
  }
  require(read_up_to_event().is_final, "a message ends with its final fragment");
  require_same(kind, kind_ == 1 ? "text" : "binary", "a message has the kind of its first frame");
  require_same(delivered_, expected_, "a message is the payload data of its frames");
  require(!is_text || is_plainly_utf8(delivered_), "a text is UTF-8");
  note(kind + " " + (shown_ == parts::apart ? content : delivered_), "");
  kind_ = 0;
  expected_.clear();
  delivered_.clear();
}

void session_run::on_control(unsigned opcode) {
  const auto found = read_up_to_event();
  require(found.opcode == opcode, "an event is named as its frame");
  const bool is_answered = opcode == 0x9 && !is_closed_by_us_;
  note(opcode == 0x9 ? "ping" : "pong", is_answered ? "> pong " + found.payload + "\n" : "");
}

void session_run::on_close() {
  is_over_ = true;
  const auto found = read_up_to_event();
  require(found.opcode == 0x8, "close is the peer's Close");
  const auto code = code_in(found);
  require(peer_.close_received() && peer_.received_code() == code, "the peer's code is told");
  const auto reason = found.payload.size() > 2 ? found.payload.substr(2) : std::string{};
  require_same(peer_.received_reason(), reason, "the peer's reason is told");
  require(is_plainly_utf8(reason) && found.payload.size() != 1, "a Close is well formed");
  note("close " + std::to_string(code) + " " + reason,
       is_closed_by_us_ ? "" : "> close " + std::to_string(code) + "\n");
}

void session_run::on_error(const websocket::session::step& step) {
  is_over_ = true;
  require(static_cast<bool>(step.error), "a refusal has a reason");
  require(!peer_.close_received() && peer_.received_code() == 1006, "there was no Close");
  const auto code = suggested_close_code(step.error);
  at_ = whole_.size(); // where a refusal is known depends on the cuts; what it is does not
  note("error " + step.error.message(),
       is_closed_by_us_ ? "" : "> close " + std::to_string(code) + "\n");
}

void session_run::act() {
  ++events_;
  if (events_ == chosen_.ping_at) {
    peer_.ping("fuzz");
    note("", is_closed_by_us_ ? "" : "> ping fuzz\n");
  }
  if (events_ == chosen_.close_at) {
    peer_.close(websocket::close_code::going_away, "enough");
    is_closed_by_us_ = true;
    require(peer_.close_sent() && peer_.buffered() == 0, "our Close drops what was begun");
    note("", "> close 1001\n");
  }
}

void session_run::note(const std::string& event, const std::string& expected) {
  const auto output = sent_.add(peer_.take_output());
  require_same(output, expected, "what is sent is the answer to the event");
  if (!event.empty())
    account_ += event + " @" + std::to_string(at_) + "\n";
  account_ += output;
}

std::string session_run::finish() {
  if (is_over_)
    return account_;
  require(at_ == whole_.size(), "all that came was used");
  while (const auto found = read_frame(whole_.subspan(frame_at_))) {
    require(!found->is_control() && (!found->is_final || is_closed_by_us_), "no event was missed");
    frame_at_ += found->size;
    judge(*found);
  }
  account_ += "held " + std::to_string(peer_.buffered()) + "\n";
  return account_;
}

} // namespace sluice::fuzz
