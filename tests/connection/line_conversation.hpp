#pragma once

#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/http/http_exchange.hpp"
#include "sluice/actors/http/response_sink.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A protocol of lines that carries many exchanges at once, as HTTP/2 does: to prove that one
/// connection can. The client sends
///
///     open ID TARGET     a POST whose content is to come
///     data ID TEXT       content
///     end ID             its end
///     gone ID            no more of it comes
///
/// and gets "ID WORDS" lines. Content that an exchange does not want yet waits with it.
class line_conversation final : public conversation {
public:
  explicit line_conversation(connection& on);
  ~line_conversation() override;
  /// As a conversation_factory.
  [[nodiscard]] static std::unique_ptr<conversation> make(connection& on);

  appetite wanted() const override { return {is_over_ ? 0 : on_.limits().chunk_size}; }
  void consume() override;
  void on_end_of_stream() override { on_.fail(cancel_reason::peer_closed); }
  bool is_truncated() override { return false; }
  void on_truncated() override {}
  void go_on() override;
  std::optional<wait> awaited() const override { return std::nullopt; }
  terms terms_of(wait) const override { return {std::chrono::seconds{30}, 0}; }
  void on_deadline(wait) override {}
  time_point settle(time_point now, bool is_writing) override;
  void on_due(time_point now) override;
  void on_drain() override {}
  void on_gone(cancel_reason reason) override;

private:
  /// One exchange and what is its own.
  class lane;

  void take(std::string_view line);

  connection& on_;
  std::map<std::string, std::unique_ptr<lane>, std::less<>> lanes_;
  bool is_over_ = false;
};

} // namespace sluice::testing
