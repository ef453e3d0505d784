#pragma once

#include "sluice/actors/connection/conversation.hpp"
#include "sluice/actors/http/http_exchange.hpp"
#include "sluice/actors/http/response_sink.hpp"
#include "sluice/protocol/http/request_parser.hpp"
#include "sluice/protocol/http/response_writer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice {

class connection;

/// HTTP/1.1 on one connection (RFC 9112): one exchange at a time, responses in order (S21). Between
/// two there is no exchange, and a head is awaited.
class http1_connection final : public conversation, private response_sink {
public:
  explicit http1_connection(connection& on);
  /// As a conversation_factory.
  [[nodiscard]] static std::unique_ptr<conversation> make(connection& on);

  appetite wanted() const override;
  void consume() override;
  void on_end_of_stream() override;
  bool is_truncated() override;
  void on_truncated() override;
  void go_on() override;
  std::optional<wait> awaited() const override;
  terms terms_of(wait which) const override;
  route_tally* tally_of(wait which) noexcept override;
  void on_deadline(wait which) override;
  const endpoint* route() const noexcept override;
  void describe(stall& into) const override;
  void on_drain() override;
  void on_gone(cancel_reason reason) override;
  std::unique_ptr<conversation> take_successor() override { return std::move(successor_); }

private:
  std::error_code send_whole(response&& whole) override;
  std::error_code send_head(status code, const fields& head,
                            std::optional<std::uint64_t> length) override;
  bool takes_content() const override;
  std::error_code send_content(octets content) override;
  std::error_code send_end(const fields& trailers) override;
  void send_interim(interim which) override;
  void on_complete() override;
  void answer_when_sent(asker to) override;
  void hold() override;
  void refuse_rest() override { is_persistent_ = false; }
  void end_request() override;
  void give_up(cancel_reason reason) override;
  void judge_end_anew() override;
  bool has_unread() const override;
  void upgrade(const endpoint& target, request& head) override;
  const std::string& peer() const override;
  std::uint64_t octets_queued() const override;
  std::uint64_t octets_sent() const override;

  void on_event(const http::request_parser::step& step);
  void on_head();
  [[nodiscard]] http_exchange& make_exchange();
  [[nodiscard]] http_exchange& begin_incomplete();
  [[nodiscard]] bool can_complete() const;
  [[nodiscard]] std::error_code write_head(status code, const fields& head,
                                           std::optional<std::uint64_t> length,
                                           std::string_view at_once = {});
  [[nodiscard]] http::persistence persistence_wish() const;
  /// Whether no further request comes on this connection.
  [[nodiscard]] bool has_ended() const noexcept { return is_over_ || successor_ != nullptr; }

  connection& on_;
  http::request_parser parser_;
  http::response_writer writer_;
  std::unique_ptr<http_exchange> exchange_;
  std::unique_ptr<conversation> successor_;
  settled_route* answered_;   ///< where the response began last, which may still be on its way
  bool is_new_ = true;        ///< no request has come yet
  bool is_persistent_ = true; ///< the current request lets the connection go on
  bool is_over_ = false;
};

} // namespace sluice
