#pragma once

#include "sluice/actors/connection/access_entry.hpp"
#include "sluice/actors/connection/accounts.hpp"
#include "sluice/actors/connection/intake.hpp"
#include "sluice/actors/connection/stream.hpp"
#include "sluice/actors/http/application.hpp"
#include "sluice/actors/http/chunk_builder.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/response_writer.hpp"
#include "sluice/protocol/memory/block_cache.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace sluice {

class response_sink;

// Two halves go their own way. The request: incomplete (its head was refused) or content ->
// complete. The response: none -> begun -> complete. A handler may answer before the content is
// complete; what is left of it is then of no use (S22). When both are complete and the handler has
// ended, or works on by itself, the exchange is over.

/// One request and its response, in whatever version of HTTP: what RFC 9110 says of them. Made when
/// the head has come, and gone when it is over.
class http_exchange final : public stream_user, public internal::cached_blocks {
public:
  /// `clocks`: for its waits; `sink`: where it answers. All outlive it.
  http_exchange(loop_context& context, stream_table& streams, accounts& clocks, response_sink& sink)
    : context_{context}, clocks_{clocks}, sink_{sink}, stream_{streams, *this} {}

  // -- the request, as it comes -----------------------------------------------------

  /// The head: routes it, and starts what answers it.
  void begin(request&& head);
  /// For a request that is refused before its head is complete. What is known of it is its method,
  /// which decides whether the refusal has content.
  void begin_incomplete(method which);
  /// A piece of content, which `from` has shown.
  void on_content(octet_view piece, const intake& from);
  /// The request is complete.
  void on_end(fields trailers);
  /// All octets of one read were passed on: delivers what they brought.
  void deliver();
  /// The request can't go on: an answer if none has begun, else truncation.
  void refuse(status code, cancel_reason reason, std::string_view explanation = {});
  /// Answers, and nothing more of the request is wanted.
  void refuse_rest(status code, std::string_view explanation);
  /// The rest of the request can no longer come (S40), or nobody waits for its answer.
  void on_truncated();

  /// What it can take now.
  [[nodiscard]] appetite wanted() const;
  [[nodiscard]] const http::request_facts& facts() const noexcept { return facts_; }
  [[nodiscard]] bool is_complete() const noexcept { return request_ == request_phase::complete; }
  [[nodiscard]] bool is_answered() const noexcept { return response_ == response_phase::complete; }
  /// Both halves are complete, and no handler is left that is to end.
  [[nodiscard]] bool is_over() const noexcept {
    return is_complete() && is_answered() && !stream_.has_handler();
  }
  /// Octets of content that are to come, if that is known.
  [[nodiscard]] std::optional<std::uint64_t> content_left() const noexcept;
  /// Its response is a feed of events.
  [[nodiscard]] bool is_feed() const noexcept { return is_feed_; }
  /// The client waits for 100 Continue before it sends content.
  [[nodiscard]] bool needs_continue() const noexcept { return needs_continue_; }
  /// The route that it was found for, whose guards may not have let it pass; null: none
  [[nodiscard]] const endpoint* matched() const noexcept { return entry_.matched; }
  void describe(stall& into) const;
  /// What holds on that route.
  [[nodiscard]] const route_settings& holds() const noexcept { return route_->holds; }
  /// The same, and what was seen of it.
  [[nodiscard]] settled_route& route() const noexcept { return *route_; }

  // -- an upgrade ---------------------------------------------------------------------

  /// Something else goes on from here. @returns the access log's entry
  [[nodiscard]] access_entry hand_over();
  /// Answers by itself, a refusal for example.
  void answer(response&& whole);
  /// There is no thread for the handler.
  void refuse_for_want_of_threads(const std::system_error& failure);

  // -- clocks and ends ------------------------------------------------------------------

  /// Whose turn it is: the client's for content, else the handler's. Nobody's in a feed.
  [[nodiscard]] std::optional<wait> awaited() const {
    if (wanted())
      return wait::content;
    return is_feed_ && is_complete() && !is_answered() ? std::nullopt
                                                       : std::optional{wait::handler};
  }
  [[nodiscard]] terms terms_of(wait which) const { return sluice::terms_of(*route_, which); }
  void on_deadline(wait which);
  /// The server is stopping.
  void on_drain();
  /// The connection is gone.
  void on_gone(cancel_reason reason) const;

  // -- overridden -------------------------------------------------------------------------

  void on_handler_message(const mail& said, const asker& from) override;
  void on_acknowledged() override;
  void on_rejected(const caf::error& why) override;
  void on_handler_down(const caf::error& why, bool was_cancelled) override;

private:
  enum class request_phase : std::uint8_t { incomplete, content, complete };
  enum class response_phase : std::uint8_t { none, begun, complete };

  void find_route(request&& head);
  void answer_with(reply&& said);
  void on_demand();
  void end_content_if_due();
  [[nodiscard]] bool may_probe(const request& head) const;
  void begin_feed(duration heartbeat);
  void restart_heartbeat();
  void send_heartbeat();
  void start_probe();
  void send_probe();

  void on_respond(response&& whole, const asker& from);
  void on_begin(const mail& said, const asker& from);
  void on_piece(octets&& content, const asker& from);
  void on_end_of_response(const fields& trailers, const asker& from);
  [[nodiscard]] std::error_code send_whole(response&& whole);
  void begin_response_phase(status code);
  void complete_response();
  void report_failure(std::string_view what) const;
  void log_access(std::uint64_t sent, std::string_view outcome) const;

  loop_context& context_;
  accounts& clocks_;
  response_sink& sink_;
  stream stream_;
  const endpoint* target_ = nullptr;
  settled_route* route_ = &context_.settled.none();
  http::request_facts facts_;
  request_phase request_ = request_phase::incomplete;
  response_phase response_ = response_phase::none;
  bool needs_continue_ = false;
  bool may_probe_ = false;   ///< an interim response is sent to find out whether the client lives
  bool is_demanded_ = false; ///< the handler wants content
  bool end_is_sent_ = false; ///< end_of_content was sent to the handler
  bool is_feed_ = false;
  duration heartbeat_{}; ///< of the feed; zero: none
  std::optional<std::uint64_t> content_length_;
  std::uint64_t received_ = 0; ///< octets of content
  fields trailers_;
  chunk_builder chunk_;
  access_entry entry_;
};

} // namespace sluice
