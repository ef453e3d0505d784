#pragma once

#include "sluice/protocol/http/limits.hpp"
#include "sluice/protocol/http/request_parser.hpp"
#include "tests/fuzz/input.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::fuzz {

/// Five settings.
inline http::limits http_limits(input& from) noexcept {
  http::limits bounds;
  bounds.target = from.size(bounds.target);
  bounds.field_section = from.size(bounds.field_section, 4);
  bounds.field_count = from.size(bounds.field_count);
  bounds.trailer_section = from.size(bounds.trailer_section);
  bounds.chunk_framing = from.size(bounds.chunk_framing);
  return bounds;
}

/// What happens to a head that asks to become a WebSocket.
enum class upgrades : std::uint8_t { refused, taken };

/// Feeds a request parser one request after another and checks, event by event, what must hold
/// whatever comes. Neither copies nor moves: `whole` and the parser are used to the end.
class http_run {
public:
  /// `whole`: all that will be fed, so that foresight can be compared with what comes.
  /// `ask_at`: the call of the parser at which would_complete is asked, beside each head.
  http_run(const http::limits& bounds, octet_view whole, std::size_t ask_at,
           upgrades policy = upgrades::refused);

  /// @returns whether more is wanted: false after a refusal and after an upgrade
  bool feed(octet_view piece);
  /// What happened, with what the end of the stream means.
  [[nodiscard]] std::string finish();

  [[nodiscard]] bool is_upgraded() const noexcept { return upgraded_.has_value(); }
  [[nodiscard]] const request& upgraded() const noexcept { return *upgraded_; }
  /// Octets of `whole` that the parser has used.
  [[nodiscard]] std::size_t consumed() const noexcept { return at_; }

private:
  http::request_parser::step next(octet_view piece);
  void foresee();
  void on_head();
  void on_content(octet_view content);
  void on_end();
  void on_error(const http::request_parser::step& step);
  void note_state();

  http::limits bounds_;
  http::request_parser parser_;
  octet_view whole_;
  std::string account_;
  std::string content_;
  std::optional<request> head_; ///< of the message under way
  std::optional<request> upgraded_;
  std::optional<bool> foreseen_; ///< whether the message under way will be complete
  std::size_t at_ = 0;           ///< octets of whole_ used
  std::size_t message_at_ = 0;   ///< where the message under way began
  std::size_t content_at_ = 0;   ///< where its content began
  std::size_t calls_ = 0;
  std::size_t ask_at_;
  upgrades policy_;
  bool is_refused_ = false;
};

} // namespace sluice::fuzz
