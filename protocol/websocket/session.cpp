#include "sluice/protocol/websocket/session.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/websocket/internal/deflate_codec.hpp"
#include "sluice/protocol/websocket/internal/frame_header.hpp"
#include "sluice/protocol/websocket/internal/frame_writer.hpp"
#include "sluice/protocol/websocket/internal/judge.hpp"
#include "sluice/protocol/websocket/internal/message_buffer.hpp"
#include "sluice/protocol/websocket/utf8.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <utility>

// One session is always in one of five states:
// - header: gathers the header of a frame. Complete: a control frame -> control; a data frame that
//   the judge and the limits allow -> data. A frame without payload data is dealt with at once.
// - control: gathers the payload data of a control frame, at most 125 octets. Complete: Ping and
//   Pong -> header; Close -> done.
// - data: takes payload data of a data frame as it comes. Complete -> header, with the message if
//   it was the final fragment, or -> tail if that message is compressed. A full part is an event
//   on the way.
// - tail: takes no input; inflates what ends every compressed message and is not sent. Complete ->
//   header, with the message.
// - done: after the peer's Close or a violation, all input is consumed and ignored.
// Any violation -> done. That our side has sent Close is not a state but a flag beside them: the
// peer may be in the middle of a message, which is then parsed and dropped until its Close comes.
// In done our Close may be owed still: the caller says when it is to be sent.
//
// A part of a compressed message may fill when all input is used up and zlib has more to give. The
// caller would not call again before more octets come, so one of those consumed is left with it
// (owes_octet_) and skipped the next time.

namespace sluice::websocket {

namespace {

using internal::frame_header;
using internal::opcode;
using step = session::step;

/// Octets inflated on the stack before they join the message, whose memory then follows what there
/// is of it.
constexpr std::size_t inflated_at_once = 16 * 1024;

/// What a session is. Nobody else sees it, so that the compiler can make one run of the steps that
/// a message takes.
class engine {
public:
  engine(const limits& bounds, const std::optional<deflate_options>& agreed)
    : deflate{agreed ? std::make_unique<internal::deflate_codec>(*agreed) : nullptr},
      limits_{bounds} {}

  step next(octet_view input);
  [[nodiscard]] bool would_close(octet_view rest) const;
  void send_close(std::uint16_t code, std::string_view reason);
  void send_owed_close();
  void send_ping(std::string_view content);

  std::unique_ptr<internal::deflate_codec> deflate; ///< null unless it was agreed
  message_data ready;
  std::string output;
  std::string received_reason;
  std::uint16_t received_code = static_cast<std::uint16_t>(close_code::abnormal);
  bool close_sent = false;
  bool close_received = false;

  [[nodiscard]] std::size_t buffered() const noexcept { return message_.size(); }
  /// The most that is buffered.
  [[nodiscard]] std::size_t bound() const noexcept {
    return limits_.part != 0 ? limits_.part : limits_.message;
  }
  [[nodiscard]] bool is_in_message() const noexcept {
    return state_ != state::done
           && (state_ != state::header || !header_.view().empty() || judge_.is_in_message());
  }
  [[nodiscard]] std::uint64_t frame_rest() const noexcept {
    return state_ == state::data ? remaining_ : 0;
  }

private:
  enum class state : std::uint8_t { header, control, data, tail, done };

  void relax() noexcept;
  session_event advance(octet_view& input);
  session_event on_header();
  session_event on_control(octet_view& input);
  session_event on_control_frame(octet_view payload);
  session_event on_data_header();
  session_event on_data(octet_view& input);
  [[nodiscard]] bool take_text(octet_view masked, std::span<std::byte> plain, std::uint64_t phase);
  session_event on_data_frame();
  session_event on_deflated(octet_view& input);
  session_event on_tail();
  session_event on_inflated(octet_view plain, std::error_code error);
  session_event deliver(bool is_last);
  session_event fail(std::error_code error);
  void drop_message();

  [[nodiscard]] std::error_code check_limits();
  [[nodiscard]] bool is_part_full() const noexcept {
    return limits_.part != 0 && message_.size() == limits_.part;
  }
  [[nodiscard]] bool is_utf8_checked() const noexcept { return kind_ == message_kind::text; }
  /// Whether there may be an event without further input.
  [[nodiscard]] bool has_more() const noexcept {
    return state_ == state::tail || (is_deflated_ && deflate->incoming.has_more());
  }
  /// How much may be inflated at once: one octet past the limit, to see whether it is passed.
  [[nodiscard]] std::size_t inflatable() const noexcept {
    return std::max<std::size_t>(bound() - message_.size(), 1);
  }

  limits limits_;
  internal::judge judge_;
  internal::message_buffer message_;
  std::string control_;         ///< payload data of a control frame that came in pieces
  std::uint64_t remaining_ = 0; ///< payload data of the current data frame still to come
  std::size_t empty_fragments_ = 0;
  std::error_code error_;
  frame_header header_;
  utf8_validator utf8_;
  message_kind kind_ = message_kind::binary;
  state state_ = state::header;
  bool is_deflated_ = false; ///< the message under way is compressed, and wanted
  bool owes_octet_ = false;  ///< the next octet of input was consumed before
};

step engine::next(octet_view input) {
  if (input.empty())
    return {};
  auto rest = input.subspan(owes_octet_ ? 1 : 0);
  owes_octet_ = false;
  auto event = session_event::none;
  while (state_ != state::done && event == session_event::none && (!rest.empty() || has_more()))
    event = advance(rest);
  if (rest.empty()) // an idle connection costs no more than this object
    relax();
  if (state_ == state::done && event == session_event::none)
    return {input.size(), event, {}};
  auto consumed = input.size() - rest.size();
  if (rest.empty() && state_ != state::done && has_more()) {
    owes_octet_ = true;
    --consumed;
  }
  return {consumed, event, event == session_event::error ? error_ : std::error_code{}};
}

bool engine::would_close(octet_view rest) const {
  if (state_ == state::done)
    return close_received;
  auto header = header_;
  auto in_payload = state_ == state::control || state_ == state::data;
  auto left = state_ == state::control ? header.payload_length() - control_.size() : remaining_;
  rest = rest.subspan(owes_octet_ && !rest.empty() ? 1 : 0);
  for (;;) {
    if (in_payload) {
      if (rest.size() < left)
        return false;
      rest = rest.subspan(static_cast<std::size_t>(left));
      if (header.opcode() == opcode::close)
        return true;
      header.clear();
    }
    if (!header.take_from(rest))
      return false;
    in_payload = true;
    left = header.payload_length();
  }
}

void engine::relax() noexcept {
  judge_.rest();
  if (deflate)
    deflate->incoming.rest();
}

session_event engine::advance(octet_view& input) {
  switch (state_) {
    case state::header: return header_.take_from(input) ? on_header() : session_event::none;
    case state::control: return on_control(input);
    case state::data: return is_deflated_ ? on_deflated(input) : on_data(input);
    case state::tail: return on_tail();
    case state::done: break;
  }
  return session_event::none;
}

session_event engine::on_header() {
  if (!header_.is_length_valid())
    return fail(errc::frame_protocol_error);
  if (!header_.is_control())
    return on_data_header();
  if (header_.payload_length() == 0)
    return on_control_frame({});
  state_ = state::control;
  return session_event::none;
}

session_event engine::on_control(octet_view& input) {
  const auto length = static_cast<std::size_t>(header_.payload_length());
  const auto piece = input.first(std::min(length - control_.size(), input.size()));
  input = input.subspan(piece.size());
  if (piece.size() == length)
    return on_control_frame(piece); // the usual case: no copy
  control_ += as_text(piece);
  return control_.size() == length ? on_control_frame(as_octets(control_)) : session_event::none;
}

session_event engine::on_control_frame(octet_view payload) {
  const auto code = header_.opcode();
  auto ruling = judge_.control_frame(header_, payload, close_sent ? nullptr : &output);
  if (ruling.error)
    return fail(ruling.error);
  control_.clear();
  header_.clear();
  state_ = state::header;
  if (code == opcode::ping)
    return session_event::ping;
  if (code == opcode::pong)
    return session_event::pong;
  close_received = true;
  received_code = ruling.close_code;
  received_reason = std::move(ruling.close_reason);
  message_.clear();
  state_ = state::done;
  return session_event::close;
}

session_event engine::on_data_header() {
  using rsv1 = internal::judge::rsv1;
  if (!judge_.allows_data_frame(header_, deflate ? rsv1::allowed : rsv1::refused))
    return fail(errc::frame_protocol_error);
  if (header_.opcode() != opcode::continuation) {
    kind_ = header_.opcode() == opcode::text ? message_kind::text : message_kind::binary;
    utf8_.reset();
    empty_fragments_ = 0;
    is_deflated_ = header_.is_rsv1_set() && !close_sent;
    if (is_deflated_)
      deflate->incoming.begin_message();
  }
  if (!close_sent) { // what will be dropped takes no memory
    if (const auto error = check_limits())
      return fail(error);
  }
  remaining_ = header_.payload_length();
  if (remaining_ == 0)
    return on_data_frame();
  state_ = state::data;
  return session_event::none;
}

std::error_code engine::check_limits() {
  const auto length = header_.payload_length();
  const auto left = is_deflated_
                      ? compressed_limit(limits_.message) - deflate->incoming.compressed()
                      : limits_.message - message_.size();
  if (limits_.part == 0 && length > left)
    return errc::message_too_big;
  // The final fragment ends the message and so can be no part of a flood.
  if (length == 0 && !header_.is_final() && ++empty_fragments_ > limits_.empty_fragments)
    return errc::too_many_fragments;
  return {};
}

session_event engine::on_data(octet_view& input) {
  const auto room = close_sent ? std::numeric_limits<std::size_t>::max()
                               : bound() - message_.size();
  const auto count = static_cast<std::size_t>(
    std::min<std::uint64_t>(remaining_, std::min(room, input.size())));
  const auto piece = input.first(count);
  input = input.subspan(count);
  const auto phase = header_.payload_length() - remaining_;
  const auto ahead = std::min<std::uint64_t>(remaining_, room);
  remaining_ -= count;
  if (!close_sent) {
    const auto plain = message_.extend(
      count, {message_.size() + static_cast<std::size_t>(ahead), bound(), header_.is_final()});
    if (!is_utf8_checked())
      internal::unmask(piece, plain.data(), header_.masking_key(), phase);
    else if (!take_text(piece, plain, phase))
      return fail(errc::invalid_utf8);
  }
  if (remaining_ == 0)
    return on_data_frame();
  return is_part_full() ? deliver(false) : session_event::none;
}

bool engine::take_text(octet_view masked, std::span<std::byte> plain, std::uint64_t phase) {
  const auto is_ascii = internal::unmask_text(masked, plain.data(), header_.masking_key(), phase);
  return (is_ascii && utf8_.is_complete()) || utf8_.feed(plain);
}

session_event engine::on_data_frame() {
  const bool is_last = header_.is_final();
  header_.clear();
  state_ = state::header;
  if (is_deflated_) {
    if (is_last)
      state_ = state::tail;
    return session_event::none;
  }
  if (close_sent)
    return session_event::none;
  if (!is_last)
    return is_part_full() ? deliver(false) : session_event::none;
  if (is_utf8_checked() && !utf8_.is_complete())
    return fail(errc::invalid_utf8);
  return deliver(true);
}

session_event engine::on_deflated(octet_view& input) {
  std::array<std::byte, inflated_at_once> plain;
  const auto piece = input.first(
    static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size())));
  const auto phase = header_.payload_length() - remaining_;
  const auto done = deflate->incoming.run(
    piece, header_.masking_key(), phase,
    std::span{plain}.first(std::min(inflatable(), plain.size())));
  input = input.subspan(done.consumed);
  remaining_ -= done.consumed;
  const auto event = on_inflated(std::span{plain}.first(done.produced), done.error);
  if (event == session_event::none && remaining_ == 0 && !deflate->incoming.has_more())
    return on_data_frame();
  return event;
}

session_event engine::on_tail() {
  std::array<std::byte, inflated_at_once> plain;
  const auto done = deflate->incoming.finish(
    std::span{plain}.first(std::min(inflatable(), plain.size())));
  const auto event = on_inflated(std::span{plain}.first(done.produced), done.error);
  if (event != session_event::none || deflate->incoming.has_more())
    return event;
  state_ = state::header;
  is_deflated_ = false;
  deflate->incoming.end_message();
  if (is_utf8_checked() && !utf8_.is_complete())
    return fail(errc::invalid_utf8);
  return deliver(true);
}

// What was inflated comes before the fault behind it, so the verdict is that of octets that come
// one by one.
session_event engine::on_inflated(octet_view plain, std::error_code error) {
  if (plain.size() > bound() - message_.size())
    return fail(errc::message_too_big);
  if (!plain.empty()) {
    const auto size = message_.size() + plain.size();
    std::copy(plain.begin(), plain.end(),
              message_.extend(plain.size(), {size, bound(), false}).begin());
  }
  if (is_utf8_checked() && !utf8_.feed(plain))
    return fail(errc::invalid_utf8);
  if (error)
    return fail(error);
  return is_part_full() ? deliver(false) : session_event::none;
}

session_event engine::deliver(bool is_last) {
  ready = {kind_, message_.release(), is_last};
  return session_event::message;
}

session_event engine::fail(std::error_code error) {
  drop_message();
  control_.clear();
  error_ = error;
  state_ = state::done;
  return session_event::error;
}

void engine::send_close(std::uint16_t code, std::string_view reason) {
  if (close_sent)
    return;
  internal::append_close(output, code, reason);
  close_sent = true;
  drop_message();
}

// The answer to the peer's Close has its code and its reason.
void engine::send_owed_close() {
  assert(state_ == state::done);
  if (error_)
    send_close(suggested_close_code(error_), {});
  else
    send_close(received_code, received_reason);
}

// What was begun is no longer wanted.
void engine::drop_message() {
  message_.clear();
  if (is_deflated_) {
    is_deflated_ = false;
    deflate->incoming.end_message();
    if (state_ == state::tail)
      state_ = state::header;
  }
}

void engine::send_ping(std::string_view content) {
  if (!close_sent)
    internal::append_control(output, opcode::ping, content);
}

} // namespace

class session::impl : public engine {
public:
  using engine::engine;
};

session::session(const limits& bounds, const std::optional<deflate_options>& deflate)
  : impl_{std::make_unique<impl>(bounds, deflate)} {}
session::~session() = default;

session::step session::next(octet_view input) {
  const auto result = impl_->next(input);
  // The memory bound counts on this for every connection (S61).
  assert(buffered() <= impl_->bound());
  assert(deflate_memory() <= (impl_->deflate ? impl_->deflate->most_memory() : 0));
  return result;
}

message_data session::take_message() {
  return std::exchange(impl_->ready, {});
}

void session::close(close_code code, std::string_view reason) {
  impl_->send_close(static_cast<std::uint16_t>(code), reason);
}

void session::close_as_owed() {
  impl_->send_owed_close();
}

void session::ping(std::string_view content) {
  impl_->send_ping(content);
}

std::string session::take_output() {
  return std::exchange(impl_->output, {});
}

bool session::has_output() const noexcept {
  return !impl_->output.empty();
}

bool session::close_sent() const noexcept {
  return impl_->close_sent;
}

bool session::close_received() const noexcept {
  return impl_->close_received;
}

bool session::would_close(octet_view rest) const {
  return impl_->would_close(rest);
}

std::uint16_t session::received_code() const noexcept {
  return impl_->received_code;
}

std::string_view session::received_reason() const noexcept {
  return impl_->received_reason;
}

std::uint64_t session::frame_rest() const noexcept {
  return impl_->frame_rest();
}

bool session::is_in_message() const noexcept {
  return impl_->is_in_message();
}

std::size_t session::buffered() const noexcept {
  return impl_->buffered();
}

std::size_t session::deflate_memory() const noexcept {
  return impl_->deflate ? impl_->deflate->memory() : 0;
}

bool session::has_deflate() const noexcept {
  return impl_->deflate != nullptr;
}

bool session::should_compress(std::size_t size) const noexcept {
  return impl_->deflate && impl_->deflate->is_worthwhile(size);
}

std::string session::compress(octet_view content, bool is_last) {
  assert(has_deflate());
  return impl_->deflate->compress(content, is_last);
}

} // namespace sluice::websocket
