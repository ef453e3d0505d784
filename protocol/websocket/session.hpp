#pragma once

#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/close_code.hpp"
#include "sluice/protocol/websocket/deflate_options.hpp"
#include "sluice/protocol/websocket/frame.hpp"
#include "sluice/protocol/websocket/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::websocket {

/// What a session may cost. All sizes are in octets.
struct limits {
  std::size_t message = 1024 * 1024; ///< a whole message, over all its fragments and once it is
                                     ///< inflated; past it 1009
  /// If not 0: messages come in parts of at most this size, each as soon as it is full, and the
  /// message limit does not hold. A part of a text may end inside a character; the last part may be
  /// empty. UTF-8 is checked over the whole text.
  std::size_t part = 0;
  /// Fragments without payload data in one message, the final one not counted; past it 1008.
  std::size_t empty_fragments = 64;
};

/// The most octets that a compressed message may have on the wire when at most `message` octets may
/// come of it; past it 1009. No compressor needs as many, and without it a message of nothing but
/// empty blocks would never end.
[[nodiscard]] constexpr std::uint64_t compressed_limit(std::size_t message) noexcept {
  constexpr std::uint64_t framing = 64 * 1024;
  constexpr auto most = std::uint64_t{1} << 63U; // what a frame's length can say
  return message < (most - framing) / 2 ? 2 * std::uint64_t{message} + framing : most;
}

enum class session_event : std::uint8_t {
  none,    ///< the input is used up
  message, ///< a message, or with limits::part the next part of one: `take_message`
  ping,    ///< a Ping; its Pong is already in the output
  pong,    ///< a Pong
  close,   ///< the peer's Close: `received_code`, `received_reason`; ours is owed: `close_as_owed`
  error,   ///< the peer broke the protocol; the Close that says so is owed: `close_as_owed`; final
};

/// A message of the peer, or a part of one.
struct message_data {
  message_kind kind = message_kind::binary;
  octets content;
  bool is_last = true; ///< false for every part but the last
};

/// The WebSocket protocol for one connection, server side: octets in, events and control frames
/// out. Stops after each event and touches no octet past it, so the caller paces it. wslay judges
/// every frame header and every control frame; payload data of data frames is unmasked, inflated
/// and checked here. Confined to one actor.
class session {
public:
  struct step {
    std::size_t consumed = 0;
    session_event event = session_event::none;
    std::error_code error; ///< for `error`: errc::frame_protocol_error, invalid_utf8,
                           ///< message_too_big, too_many_fragments, corrupt_deflate, deflate_ratio
  };

  /// `deflate`: deflate_agreement::terms, if permessage-deflate was agreed
  explicit session(const limits& bounds, const std::optional<deflate_options>& deflate = {});
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  /// Parses `input` up to the first event. After `close` or `error` all input is consumed and
  /// ignored. The message limit is judged on the frame header, before memory is taken; for a
  /// compressed message, which says no size, as it inflates. `none` comes only when nothing more
  /// can be had of the input: after a part of a compressed message the last octet may be left with
  /// the caller although it was inflated. Source: RFC 6455 sec. 5, RFC 7692 sec. 6
  [[nodiscard]] step next(octet_view input);

  /// The message, once, after `message`.
  [[nodiscard]] message_data take_message();

  /// Appends a Close frame to the output, unless one was sent, and drops the message under way.
  /// `reason` is UTF-8, cut to 123 octets between characters. A code that is not sendable stands
  /// for none: no_status is a Close without code and reason.
  void close(close_code code, std::string_view reason);
  /// Appends the Close that is owed: after `close` the answer, with the peer's code and reason;
  /// after `error` one with the code of what was wrong. Nothing if a Close was sent. When is
  /// the caller's choice: what is to leave before it goes first. @pre `close` or `error` has come.
  /// Source: RFC 6455 sec. 5.5.1, 7.1.7
  void close_as_owed();
  /// Appends a Ping frame to the output unless a Close was sent. `content`: at most 125 octets
  void ping(std::string_view content);

  /// Control frames to send; empties the output.
  [[nodiscard]] std::string take_output();
  [[nodiscard]] bool has_output() const noexcept;

  [[nodiscard]] bool close_sent() const noexcept;
  [[nodiscard]] bool close_received() const noexcept;
  /// 1005 when the Close carried no code, 1006 while there was none.
  [[nodiscard]] std::uint16_t received_code() const noexcept;
  [[nodiscard]] std::string_view received_reason() const noexcept;
  /// Whether a whole Close is among the frames of what was consumed and of `rest`, which follows
  /// it: looks at frame headers alone, and changes nothing.
  [[nodiscard]] bool would_close(octet_view rest) const;
  /// Whether a frame or a fragmented message has begun and its last octet has not come.
  [[nodiscard]] bool is_in_message() const noexcept;
  /// Octets of payload data that the data frame under way has yet to bring; 0 between two frames.
  [[nodiscard]] std::uint64_t frame_rest() const noexcept;
  /// Octets of the message that is being received, so far; at most limits::message, or
  /// limits::part. Asserted after each call of `next`, as is the next.
  [[nodiscard]] std::size_t buffered() const noexcept;
  /// Octets that zlib holds, at most deflate_memory(); none before the first compressed message,
  /// nor between messages in a direction without context takeover.
  [[nodiscard]] std::size_t deflate_memory() const noexcept;

  /// Whether permessage-deflate was agreed.
  [[nodiscard]] bool has_deflate() const noexcept;
  /// Whether an outgoing message of `size` octets should be compressed.
  [[nodiscard]] bool should_compress(std::size_t size) const noexcept;
  /// Compresses the next piece of an outgoing message: the payload data of one frame, which the
  /// recipient can inflate at once. All pieces of a message, in order, or none. @pre has_deflate()
  [[nodiscard]] std::string compress(octet_view content, bool is_last);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice::websocket
