#pragma once

#include "sluice/actors/connection/access_entry.hpp"
#include "sluice/actors/connection/conversation.hpp"
#include "sluice/protocol/http/request_parser.hpp"
#include "sluice/protocol/http/response_writer.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace sluice {

class socket_actor;
struct endpoint;
struct route_limits;
struct begin_response;
struct end_response;
struct respond;
struct response_content;

// Two halves go their own way. The request: head -> content -> complete. The response: none ->
// begun -> complete. A handler may answer before the content is complete; what is left of it is
// then discarded, or the connection ends (S22). When both are complete, the next request may start.

/// HTTP/1.1 on one connection: one request at a time, responses in order (S21).
class http_conversation final : public conversation {
public:
  explicit http_conversation(socket_actor& socket);

  std::size_t appetite() const override;
  std::span<std::byte> landing(std::size_t most) override;
  std::size_t consume(octet_view input) override;
  void after_input() override;
  void on_end_of_stream() override;
  bool is_truncated(octet_view kept) override;
  void on_truncated() override;
  void on_handler_message(caf::mailbox_element& element, const asker& from) override;
  void on_acknowledged() override;
  void on_slot_given_back() override;
  void on_rejected(const caf::error& why) override;
  void on_handler_down(const caf::error& why, bool was_cancelled) override;
  std::optional<wait> awaited() const override;
  duration patience(wait which) const override;
  std::uint64_t rate(wait which) const override;
  void on_deadline(wait which) override;
  void on_drain() override;
  void on_gone(cancel_reason reason) override;
  std::unique_ptr<conversation> take_successor() override { return std::move(successor_); }

private:
  enum class request_phase : std::uint8_t { head, content, complete };
  enum class response_phase : std::uint8_t { none, begun, complete };

  static constexpr std::string_view
    content_is_too_large = "The content is larger than this route allows.";

  // the request
  void on_head();
  [[nodiscard]] const endpoint* find_target(request& head);
  void route(request& head);
  void upgrade(const endpoint& target, request& head);
  void refuse_for_want_of_threads(const std::system_error& failure);
  void answer_exception();
  void call_function(const endpoint& target, const request& head);
  void on_content(octet_view piece);
  void gather(octet_view piece, std::size_t more);
  [[nodiscard]] bool has_pending() const noexcept { return pending_ || !piece_.empty(); }
  void drop_pending() noexcept;
  [[nodiscard]] bool can_complete(octet_view kept) const;
  void on_demand();
  void deliver_pending();
  void end_content_if_due();
  void start_next();
  void begin_incomplete();
  void refuse_content(status code, cancel_reason reason, std::string_view explanation = {});
  [[nodiscard]] bool may_probe(const request& head) const;
  void start_probe();
  void send_probe();
  [[nodiscard]] const route_limits& own_limits() const noexcept { return limits_of(target_); }
  [[nodiscard]] static const route_limits& limits_of(const endpoint* target) noexcept;

  // the response
  void on_respond(struct respond& message, const asker& from);
  void on_begin(begin_response& message, const asker& from);
  void on_piece(response_content& message, const asker& from);
  void on_end(end_response& message, const asker& from);
  [[nodiscard]] std::error_code begin(status code, const fields& head,
                                      std::optional<std::uint64_t> length,
                                      std::string_view at_once = {});
  [[nodiscard]] std::error_code send_whole(response&& whole);
  void send_own(status code, std::string_view explanation, const fields& extra = {});
  void send_last(status code, std::string_view explanation);
  void complete_response();
  [[nodiscard]] http::persistence persistence_wish() const;
  [[nodiscard]] std::optional<std::uint64_t> content_left() const;
  void report_failure(std::string_view what) const;
  [[nodiscard]] time_point time_for_log() const;

  socket_actor& socket_;
  http::request_parser parser_;
  http::response_writer writer_;
  std::unique_ptr<conversation> successor_;

  request_phase request_ = request_phase::head;
  response_phase response_ = response_phase::none;
  http::request_facts facts_;
  const endpoint* target_ = nullptr;
  const endpoint* answers_for_ = nullptr; ///< whose response began last: it may still be on its way
  bool is_new_ = true;                    ///< no request has come yet
  bool is_persistent_ = true;
  bool is_over_ = false;        ///< no further request on this connection
  bool needs_continue_ = false; ///< the client waits for 100 Continue before it sends content
  bool may_probe_ = false;   ///< an interim response is sent to find out whether the client lives
  bool is_demanded_ = false; ///< the handler wants content
  bool end_is_sent_ = false; ///< end_of_content was sent to the handler
  std::optional<std::uint64_t> content_length_;
  std::uint64_t received_ = 0; ///< octets of content
  fields trailers_;
  // Content that was parsed in this turn is for one chunk. It stays where the read has put it, if
  // that is one piece and most of its memory; else it is gathered.
  std::shared_ptr<std::byte[]> landing_; ///< what the read under way writes to, if that is content
  std::size_t landing_size_ = 0;
  octets piece_;                         ///< the pending content, in landing_
  std::shared_ptr<std::byte[]> pending_; ///< or gathered here
  std::size_t pending_size_ = 0;
  std::size_t input_left_ = 0; ///< of the input that is being consumed: what a chunk may still grow
                               ///< by
  std::size_t input_rest_ = 0; ///< of it, behind what was parsed last
  access_entry entry_;
};

} // namespace sluice
