#pragma once

#include "tests/soak/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::soak {

// States: head -> content of known length | chunked content | content until the end -> head ...;
// with a 101: frames -> closed (a Close frame came). In `over` nothing may come any more: the last
// response has said `Connection: close`.

/// Reads what a server sends on one connection, and finds what is not right about it.
class witness {
public:
  explicit witness(const scenario& of) : scenario_{of} {}

  /// `sent`: how many of the scenario's octets have been sent by now.
  void take(std::string_view octets, std::size_t sent);
  /// The stream has ended.
  void end(bool was_reset);

  [[nodiscard]] std::size_t responses() const noexcept { return responses_; }
  [[nodiscard]] std::size_t interims() const noexcept { return interims_; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }
  [[nodiscard]] bool is_upgraded() const noexcept { return is_upgraded_; }
  [[nodiscard]] std::uint16_t close_code() const noexcept { return close_code_; }
  /// The server will answer nothing more.
  [[nodiscard]] bool is_over() const noexcept {
    return state_ == state::over || state_ == state::closed;
  }
  /// It had no room for this connection, and said so.
  [[nodiscard]] bool was_turned_away() const noexcept { return is_turned_away_; }
  /// Nothing of a response has come that is not complete.
  [[nodiscard]] bool is_between_responses() const noexcept {
    return state_ == state::head && buffer_.empty();
  }
  /// Something of a final response, or of a WebSocket's frames, has come.
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  [[nodiscard]] std::uint16_t last_status() const noexcept { return status_; }
  /// The first thing that the server may never do; empty so far.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }
  /// The first answer that a calm exchange must not get: a fault may excuse it.
  [[nodiscard]] const std::string& spoilt() const noexcept { return spoilt_; }

private:
  enum class state : std::uint8_t { head, length, chunks, until_end, over, frames, closed };

  [[nodiscard]] bool advance();
  [[nodiscard]] bool take_head();
  [[nodiscard]] bool judge_head(std::string_view head);
  [[nodiscard]] bool take_length();
  [[nodiscard]] bool take_chunk();
  [[nodiscard]] bool take_frame();
  [[nodiscard]] bool take_control(int opcode, std::string_view payload);
  void complete_response();
  void complete_message();
  void object(std::string what);
  [[nodiscard]] const expectation* expected() const noexcept;

  const scenario& scenario_;
  state state_ = state::head;
  std::string buffer_;
  std::string content_; ///< of the response or message that is coming
  std::size_t left_ = 0;
  std::size_t sent_ = 0;
  std::size_t responses_ = 0;
  std::size_t interims_ = 0;
  std::size_t messages_ = 0;
  std::uint16_t status_ = 0;
  std::uint16_t close_code_ = 0;
  bool closes_ = false; ///< the response says `Connection: close`
  bool is_turned_away_ = false;
  bool is_upgraded_ = false;
  bool has_begun_ = false;
  bool in_message_ = false;
  std::string complaint_;
  std::string spoilt_;
};

} // namespace sluice::soak
