#pragma once

#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/internal/frame_header.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

struct wslay_event_context;

namespace sluice::websocket::internal {

/// What wslay reads and writes while it judges one frame.
struct exchange;

/// Asks wslay whether a frame is allowed where it stands: mask, RSV bits, opcode, fragmentation,
/// Close. Payload data of data frames is none of its business and never reaches it; about their
/// headers it is asked once for the whole process.
class judge {
public:
  /// What became of a control frame.
  struct ruling {
    std::error_code error;        ///< errc::frame_protocol_error or errc::invalid_utf8; final
    std::uint16_t close_code = 0; ///< of an accepted Close; 1005 when it carried no code
    std::string close_reason;
  };

  judge() noexcept;
  judge(const judge&) = delete;
  judge& operator=(const judge&) = delete;
  ~judge();

  /// Whether the first frame of a message may carry RSV1: permessage-deflate was agreed.
  enum class rsv1 : std::uint8_t { refused, allowed };

  /// Judges a frame that is not a control frame by its header. @returns whether it is allowed: if
  /// not, errc::frame_protocol_error is what to fail with
  [[nodiscard]] bool allows_data_frame(const frame_header& header, rsv1 compression);

  /// Judges a whole control frame; `payload` is still masked.
  /// Appends the Pong that answers a Ping to `output`, or drops it if that is null; a refusal
  /// leaves it as it was.
  /// @pre header.is_length_valid()
  [[nodiscard]] ruling control_frame(const frame_header& header, octet_view payload,
                                     std::string* output);

  /// Whether a message was begun and its final fragment has not come.
  [[nodiscard]] bool is_in_message() const noexcept { return in_message_; }

  /// Gives wslay's memory (9 KiB) back; the next control frame takes it anew.
  void rest() noexcept { context_.reset(); }

private:
  class verdicts;
  struct context_free {
    void operator()(wslay_event_context* context) const noexcept;
  };

  void open();
  [[nodiscard]] std::error_code feed(exchange& frame);

  std::unique_ptr<wslay_event_context, context_free> context_;
  exchange* current_ = nullptr; ///< set while wslay is called; wslay's callbacks hold its address
  bool in_message_ = false;     ///< a message was begun and its final fragment has not come
};

} // namespace sluice::websocket::internal
