#pragma once

#include "sluice/protocol/websocket/session.hpp"
#include "tests/fuzz/frames.hpp"
#include "tests/fuzz/input.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::fuzz {

/// What a run of a session is made of; the same for every way to cut the octets.
struct session_settings {
  websocket::limits bounds;
  std::size_t close_at = 0; ///< the event after which our side closes; 0: it does not
  std::size_t ping_at = 0;  ///< the event after which our side sends a Ping; 0: it does not
};

/// Five settings.
inline session_settings session_settings_of(input& from) noexcept {
  session_settings chosen;
  chosen.bounds.message = from.size(4096);
  chosen.bounds.part = from.size(0);
  chosen.bounds.empty_fragments = from.size(64);
  chosen.close_at = from.size(0);
  chosen.ping_at = from.size(0);
  return chosen;
}

/// How a run accounts for the parts of a message.
enum class parts : std::uint8_t { apart, joined };

/// Feeds a session and compares each event with the frames of the input, as `read_frame` reads
/// them. Neither copies nor moves: the one place where a session is made.
class session_run {
public:
  /// `whole`: all that will be fed.
  session_run(const session_settings& chosen, octet_view whole, parts shown = parts::apart);

  /// @returns whether more is wanted: false after the peer's Close and after a refusal
  bool feed(octet_view piece);
  /// The events so far.
  [[nodiscard]] const std::string& events() const noexcept { return account_; }
  /// The events, and what is held at the end of the stream.
  [[nodiscard]] std::string finish();

private:
  void on_event(const websocket::session::step& step);
  void on_message();
  void on_control(unsigned opcode);
  void on_close();
  void on_error(const websocket::session::step& step);
  void act();
  /// Reads the frames that were consumed since the last call, up to the one an event is about.
  frame read_up_to_event();
  void judge(const frame& found);
  /// Notes an event, and what was sent with it, which must be `expected`.
  void note(const std::string& event, const std::string& expected);

  session_settings chosen_;
  websocket::session peer_;
  control_output sent_;
  octet_view whole_;
  parts shown_;
  std::string account_;
  std::string delivered_;    ///< what the parts of the message under way hold
  std::string expected_;     ///< what its frames hold
  std::size_t at_ = 0;       ///< octets of whole_ used
  std::size_t frame_at_ = 0; ///< octets of the frames that read_frame has read
  std::size_t events_ = 0;
  unsigned kind_ = 0;            ///< opcode of the message under way; 0 between messages
  bool is_closed_by_us_ = false; ///< our side began the closing handshake
  bool is_over_ = false;
};

} // namespace sluice::fuzz
