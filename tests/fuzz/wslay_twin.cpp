// Differential: plain wslay, which is fed whole frames and unmasks, gathers and checks them by
// itself, and the session, which shows it no payload data of data frames, come to the same
// messages, control frames, answers and close codes from the same octets.
//
// They differ on purpose, or because wslay 1.1.1 errs, in the following; `reference` makes up for
// it where it is marked:
// (1) A Close of one octet: wslay takes it for an empty one, we answer 1002.
// (2) Close codes 1012 to 1014: wslay answers 1002, we accept them.
// (3) What wslay's frame layer refuses it answers with a Close without a code, we with 1002.
// (4) A Close reason that comes in pieces: wslay skips two octets of each when it checks UTF-8.
// (5) A queued Close overtakes a queued Pong of wslay's.
// (6) A frame is refused by wslay with the first octet of its payload data, or the first that was
//     not UTF-8; by us with its header, or, if it is a control frame, when it is whole.
// (7) wslay holds control frames to the message limit too: here it is never below 125.
// What wslay has no notion of is left out: parts, empty fragments (S28), permessage-deflate, and
// data that is dropped behind our own Close; the targets `session` and `deflate` have them.

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/websocket/session.hpp"
#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/frames.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

using namespace sluice::fuzz;
using namespace sluice::websocket;

namespace {

constexpr std::size_t max_control_payload = 125;

std::string line(std::string_view what, std::string_view content) {
  return std::string{what} + " " + std::string{content} + "\n";
}

std::string hex_line(std::string_view octets) {
  std::string text = ">";
  for (const char c : octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 0xfU];
  }
  return text + "\n";
}

/// wslay's event API as a server.
class reference {
public:
  explicit reference(std::size_t message_limit) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = on_recv;
    callbacks.send_callback = on_send;
    callbacks.on_msg_recv_callback = on_message;
    require(wslay_event_context_server_init(&context_, &callbacks, this) == 0, "wslay is ready");
    wslay_event_config_set_max_recv_msg_length(context_, message_limit);
  }
  reference(const reference&) = delete;
  reference& operator=(const reference&) = delete;
  ~reference() { wslay_event_context_free(context_); }

  /// All frames of `octets`; data frames in pieces.
  void feed(sluice::octet_view octets, cuts where) {
    const auto size = octets.size();
    while (!octets.empty() && !is_over_) {
      const auto next = read_frame(octets);
      auto rest = octets.first(next ? next->size : octets.size());
      octets = octets.subspan(rest.size());
      if (next && next->is_control()) {
        on_control_frame(*next, std::string{sluice::as_text(rest)});
        continue;
      }
      while (!rest.empty() && !is_over_) {
        const auto piece = rest.first(where.next(rest.size(), size));
        rest = rest.subspan(piece.size());
        read(sluice::as_text(piece));
      }
    }
  }

  [[nodiscard]] const std::string& account() const noexcept { return account_; }

private:
  /// Whole: (4).
  void on_control_frame(const frame& next, std::string octets) {
    const bool is_close = next.opcode == 0x8 && next.is_final && next.rsv == 0 && next.is_masked
                          && next.is_shortest;
    if (is_close && next.payload.size() == 1) { // (1)
      is_over_ = true;
      account_ += line("error", "") + hex_line("\x88\x02\x03\xea");
      return;
    }
    const auto code = code_in(next);
    if (is_close && code >= 1012 && code <= 1014) { // (2)
      shown_for_1000_ = code;
      const auto at = octets.size() - next.payload.size();
      for (std::size_t i = 0; i < 2; ++i)
        octets[at + i] = static_cast<char>(octets[at + i] ^ in_octets(code)[i]
                                           ^ in_octets(1000)[i]);
    }
    read(octets);
  }

  void read(std::string_view octets) {
    unread_ = octets;
    const auto result = wslay_event_recv(context_);
    require(result == 0 || result == WSLAY_ERR_CALLBACK_FAILURE, "wslay has memory");
    is_over_ = wslay_event_get_read_enabled(context_) == 0;
    const bool is_closed = wslay_event_get_close_received(context_) != 0;
    if (is_over_ && !is_closed)
      account_ += line("error", "");
    require(wslay_event_send(context_) == 0, "wslay sends");     // (5)
    if (result != 0 && sent_ == std::string_view{"\x88\x00", 2}) // (3)
      sent_ = "\x88\x02\x03\xea";
    if (shown_for_1000_ != 0 && is_closed)
      sent_.replace(2, 2, in_octets(shown_for_1000_));
    if (!sent_.empty())
      account_ += hex_line(sent_);
    sent_.clear();
  }

  static std::string in_octets(unsigned code) {
    return {static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
  }

  static reference& self(void* user_data) { return *static_cast<reference*>(user_data); }

  static ssize_t on_recv(wslay_event_context_ptr context, std::uint8_t* buffer, std::size_t size,
                         int, void* user_data) {
    auto& unread = self(user_data).unread_;
    if (unread.empty()) {
      wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
      return -1;
    }
    const auto count = std::min(size, unread.size());
    std::memcpy(buffer, unread.data(), count);
    unread.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }

  static ssize_t on_send(wslay_event_context_ptr, const std::uint8_t* octets, std::size_t size, int,
                         void* user_data) {
    self(user_data).sent_.append(reinterpret_cast<const char*>(octets), size);
    return static_cast<ssize_t>(size);
  }

  static void on_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                         void* user_data) {
    auto& mine = self(user_data);
    const std::string content(reinterpret_cast<const char*>(message->msg), message->msg_length);
    switch (message->opcode) {
      case WSLAY_TEXT_FRAME: mine.account_ += line("text", content); break;
      case WSLAY_BINARY_FRAME: mine.account_ += line("binary", content); break;
      case WSLAY_PING: mine.account_ += line("ping", ""); break;
      case WSLAY_PONG: mine.account_ += line("pong", ""); break;
      default: {
        const auto code = mine.shown_for_1000_ != 0   ? mine.shown_for_1000_
                          : message->status_code == 0 ? 1005U
                                                      : message->status_code;
        mine.account_ += line("close " + std::to_string(code),
                              content.size() > 2 ? content.substr(2) : "");
      }
    }
  }

  wslay_event_context_ptr context_ = nullptr;
  std::string_view unread_;
  std::string sent_;
  std::string account_;
  unsigned shown_for_1000_ = 0;
  bool is_over_ = false;
};

/// The same account of a session.
class twin_run {
public:
  explicit twin_run(std::size_t message_limit)
    : peer_{{message_limit, 0, std::numeric_limits<std::size_t>::max()}} {}

  bool feed(sluice::octet_view piece) {
    for (;;) {
      const auto step = peer_.next(piece);
      piece = piece.subspan(step.consumed);
      if (step.event == session_event::none)
        return true;
      note(step);
      const auto is_end = step.event == session_event::close || step.event == session_event::error;
      if (is_end)
        peer_.close_as_owed();
      if (peer_.has_output())
        account_ += hex_line(peer_.take_output());
      if (is_end)
        return false;
    }
  }
  [[nodiscard]] const std::string& finish() const noexcept { return account_; }

private:
  void note(const session::step& step) {
    switch (step.event) {
      case session_event::message: {
        const auto message = peer_.take_message();
        account_ += line(message.kind == message_kind::text ? "text" : "binary",
                         message.content.text());
        break;
      }
      case session_event::ping: account_ += line("ping", ""); break;
      case session_event::pong: account_ += line("pong", ""); break;
      case session_event::close:
        account_ += line("close " + std::to_string(peer_.received_code()), peer_.received_reason());
        break;
      case session_event::error: account_ += line("error", ""); break;
      case session_event::none: break;
    }
  }

  session peer_;
  std::string account_;
};

/// `octets`, whose last frame is made whole, or longer than `most` octets: so that both have come
/// to their verdict (6). What is added are zeros once they are unmasked.
std::string made_whole(sluice::octet_view octets, std::size_t most) {
  std::string whole{sluice::as_text(octets)};
  std::size_t at = 0;
  while (const auto next = read_frame(octets.subspan(at)))
    at += next->size;
  if (at == whole.size())
    return whole;
  const auto octet = [&](std::size_t index) {
    while (whole.size() <= at + index)
      whole += '\0';
    return static_cast<unsigned char>(whole[at + index]);
  };
  std::uint64_t length = octet(1) & 0x7fU;
  const bool is_masked = octet(1) >> 7U != 0;
  std::size_t header = 2;
  if (length >= 126) {
    const std::size_t extended = length == 126 ? 2 : 8;
    length = 0;
    for (std::size_t i = 0; i < extended; ++i)
      length = length << 8U | octet(2 + i);
    header += extended;
  }
  if (is_masked)
    header += 4;
  octet(header - 1);
  const auto wanted = header + static_cast<std::size_t>(std::min<std::uint64_t>(length, most + 1));
  while (whole.size() - at < wanted)
    whole += is_masked ? whole[at + header - 4 + (whole.size() - at - header) % 4] : '\0';
  return whole;
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 9};
  const auto limit = max_control_payload + from.size(4096, 16); // (7)
  const auto where = cuts::chosen_by(from);
  const auto elsewhere = cuts::chosen_by(from);
  const auto whole = made_whole(from.octets(), limit);
  const auto octets = sluice::as_octets(whole);
  const auto ours = require_same_for_all_cuts(octets, where, [&] { return twin_run{limit}; });
  reference wslay{limit};
  wslay.feed(octets, elsewhere);
  require_same(ours, wslay.account(), "the session and wslay come to the same");
}
