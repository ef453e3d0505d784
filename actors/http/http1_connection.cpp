#include "sluice/actors/http/http1_connection.hpp"

#include "sluice/actors/connection/connection.hpp"
#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/websocket/web_socket_conversation.hpp"
#include "sluice/actors/websocket/web_socket_upgrade.hpp"
#include "sluice/protocol/errc.hpp"

#include <cassert>
#include <system_error>
#include <utility>

namespace sluice {

namespace {

/// Content up to this many octets is copied behind its head; what is larger leaves from where it
/// is.
constexpr std::size_t most_joined = 4096;

} // namespace

http1_connection::http1_connection(connection& on)
  : on_{on}, parser_{on.limits().request}, answered_{&on.shared().settled.none()} {}

std::unique_ptr<conversation> http1_connection::make(connection& on) {
  return std::make_unique<http1_connection>(on);
}

// -- reading ----------------------------------------------------------------------------

appetite http1_connection::wanted() const {
  if (has_ended() || on_.out().is_flooded())
    return {};
  if (exchange_)
    return exchange_->wanted();
  // The next response is to find room in the output.
  const auto is_full = on_.out().unsent() > on_.limits().low_water;
  return {is_full ? 0 : on_.limits().chunk_size};
}

void http1_connection::consume() {
  auto& in = on_.in();
  // A head needs octets; what is behind it may end without another one.
  while ((exchange_ || !in.peek().empty()) && wanted()) {
    const auto step = parser_.next(in.peek());
    in.used(step.consumed);
    if (step.event == http::request_event::none)
      break;
    on_event(step);
    if (exchange_ && exchange_->is_over())
      go_on();
  }
  if (exchange_)
    exchange_->deliver();
}

void http1_connection::on_event(const http::request_parser::step& step) {
  switch (step.event) {
    case http::request_event::none: break;
    case http::request_event::head: return on_head();
    case http::request_event::content: return exchange_->on_content(step.content, on_.in());
    case http::request_event::end:
      on_.in().judge_end_anew();
      return exchange_->on_end(parser_.take_trailers());
    case http::request_event::error: {
      auto& refused = exchange_ ? *exchange_ : begin_incomplete();
      return refused.refuse(static_cast<status>(suggested_status(step.error)),
                            cancel_reason::protocol_error);
    }
  }
}

void http1_connection::on_head() {
  is_new_ = false;
  on_.clocks().note_progress(wait::header);
  on_.clocks().renew_content();
  on_.in().judge_end_anew();
  auto head = parser_.take_head();
  head.peer = on_.peer();
  head.is_peer_trusted = on_.is_peer_trusted();
  is_persistent_ = parser_.is_persistent();
  if (!head.has_content())
    parser_.end_without_content();
  make_exchange().begin(std::move(head));
}

http_exchange& http1_connection::make_exchange() {
  assert(!exchange_);
  response_sink& sink = *this;
  exchange_ = std::make_unique<http_exchange>(on_.shared(), on_.streams(), on_.clocks(), sink);
  return *exchange_;
}

http_exchange& http1_connection::begin_incomplete() {
  auto& made = make_exchange();
  made.begin_incomplete(parser_.method_in_line());
  return made;
}

// The next request may start once nothing is left of the one before, and no former handler holds it
// up: one data message at a time, also across requests (S1).
void http1_connection::go_on() {
  if (!exchange_ || !exchange_->is_over() || has_ended() || on_.streams().is_held_up())
    return;
  if (on_.is_draining())
    return end_request();
  exchange_.reset();
  parser_.restart();
  auto& clocks = on_.clocks();
  clocks.stop(wait::stall_probe);
  clocks.stop(wait::linger);
  clocks.note_progress(wait::keep_alive);
  on_.in().judge_end_anew();
}

void http1_connection::on_end_of_stream() {
  if (exchange_ && !exchange_->is_complete() && !exchange_->is_answered())
    return exchange_->on_truncated();
  if (!exchange_ && parser_.is_in_message())
    return begin_incomplete().refuse_rest(status::bad_request,
                                          "The request ended before its head was complete.");
  // An answer may still be on its way: the client may have shut down its side only (S41).
  end_request();
}

bool http1_connection::is_truncated() {
  if (!exchange_)
    return false;
  const auto& in = on_.in();
  if (exchange_->is_complete())
    return in.is_peer_gone() || exchange_->is_feed()
           || exchange_->holds().on_half_close == half_close::cancel;
  if (const auto left = exchange_->content_left())
    return in.can_bring(*left) == known::no;
  return !can_complete();
}

void http1_connection::on_truncated() {
  exchange_->on_truncated();
}

// Whether the end of chunked content is at hand. Looks about as far as that: who looked at all that
// waits would go through a pipeline anew from each of its requests.
bool http1_connection::can_complete() const {
  const auto& in = on_.in();
  if (parser_.would_complete(in.peek()))
    return true;
  for (std::size_t most = 4096;; most *= 2) {
    const auto ahead = in.look_ahead(most);
    if (parser_.would_complete(ahead))
      return true;
    if (ahead.size() < in.peek().size() + most)
      return false; // that is all there is
  }
}

// -- writing ----------------------------------------------------------------------------

// Nothing is written on error. `at_once`: content that is to leave with the head.
std::error_code http1_connection::write_head(status code, const fields& head,
                                             std::optional<std::uint64_t> length,
                                             std::string_view at_once) {
  auto& context = on_.shared();
  outbox::draft out{on_.out()};
  const auto before = writer_;
  const auto joined = at_once.size() <= most_joined ? at_once : std::string_view{};
  if (const auto error = writer_.begin(exchange_->facts(), code, head, length, persistence_wish(),
                                       context.date.at(context.loop.now()), out.text(),
                                       joined.size()))
    return error;
  if (!on_.out().admits_first(out.size() + at_once.size())) {
    writer_ = before;
    return std::make_error_code(std::errc::no_buffer_space);
  }
  out.text() += joined;
  out.commit();
  answered_ = &exchange_->route();
  return {};
}

std::error_code http1_connection::send_head(status code, const fields& head,
                                            std::optional<std::uint64_t> length) {
  return write_head(code, head, length);
}

std::error_code http1_connection::send_whole(response&& whole) {
  const auto is_to_head = exchange_->facts().method == method::head;
  const auto at_once = is_to_head ? std::string_view{} : std::string_view{whole.content};
  const auto length = forbids_content(whole.status)
                        ? std::nullopt
                        : std::optional<std::uint64_t>{whole.content.size()};
  if (const auto error = write_head(whole.status, whole.fields, length, at_once))
    return error;
  [[maybe_unused]] const auto is_empty = at_once.empty();
  // Its length is known, so that nothing marks its end; to a HEAD it is not sent.
  [[maybe_unused]] const auto envelope = writer_.content(whole.content.size());
  assert(envelope.prefix.empty());
  if (at_once.size() > most_joined)
    on_.out().push(std::move(whole.content));
  std::string nothing;
  [[maybe_unused]] const auto error = writer_.finish({}, nothing);
  assert((!error || is_empty) && nothing.empty());
  return {};
}

bool http1_connection::takes_content() const {
  return exchange_->facts().method != method::head
         && writer_.framing_in_use() != http::framing::none;
}

std::error_code http1_connection::send_content(octets content) {
  auto& out = on_.out();
  if (!out.admits(content.size()))
    return std::make_error_code(std::errc::no_buffer_space);
  auto envelope = writer_.content(content.size());
  if (envelope.error || envelope.discard)
    return envelope.error;
  out.push(std::move(envelope.prefix));
  out.push(std::move(content));
  out.push(std::string{envelope.suffix});
  return {};
}

std::error_code http1_connection::send_end(const fields& trailers) {
  std::string end;
  const auto before = writer_;
  if (const auto error = writer_.finish(trailers, end))
    return error;
  // The bare end always finds room.
  if (!trailers.empty() && !on_.out().admits(end.size())) {
    writer_ = before;
    return std::make_error_code(std::errc::no_buffer_space);
  }
  on_.out().push(std::move(end));
  return {};
}

void http1_connection::send_interim(interim which) {
  on_.out().push(which == interim::continue_ ? std::string{http::continue_response()}
                                             : std::string{"HTTP/1.1 102 Processing\r\n\r\n"});
}

// A connection is kept if the content that is still to come is known and little (S22). A client
// that waits for 100 Continue may send its content or not: that can't be told apart from a next
// request.
http::persistence http1_connection::persistence_wish() const {
  const auto left = exchange_->content_left();
  const auto keep = is_persistent_ && !on_.is_draining() && left
                    && *left <= on_.limits().drain_content
                    && !(exchange_->needs_continue() && *left > 0);
  return keep ? http::persistence::keep : http::persistence::close;
}

void http1_connection::on_complete() {
  if (writer_.after() == http::persistence::close)
    return end_request();
  // What is left of the content is discarded, for some time (S22).
  if (!exchange_->is_complete())
    on_.clocks().start(wait::linger, on_.shared().loop.now(), on_.limits().linger_deadline);
}

void http1_connection::answer_when_sent(asker to) {
  on_.out().answer_when_sent(std::move(to));
}

void http1_connection::hold() {
  on_.hold_output();
}

void http1_connection::judge_end_anew() {
  on_.in().judge_end_anew();
}

bool http1_connection::has_unread() const {
  return on_.in().has_unread();
}

const std::string& http1_connection::peer() const {
  return on_.peer();
}

std::uint64_t http1_connection::octets_queued() const {
  return on_.out().queued_total();
}

std::uint64_t http1_connection::octets_sent() const {
  return on_.out().sent_total();
}

// -- upgrade, clocks, ends --------------------------------------------------------------

void http1_connection::upgrade(const endpoint& target, request& head) {
  auto& context = on_.shared();
  web_socket_upgrade wish{target, head, on_.is_draining()};
  if (auto refusal = wish.take_refusal())
    return exchange_->answer(*std::move(refusal));
  auto head_of_it = wish.response_head(context.date.at(context.loop.now()));
  try {
    auto started = wish.start(on_);
    started->take_over(exchange_->hand_over());
    successor_ = std::move(started); // from here on its handler is somebody's, whatever fails
  } catch (const std::system_error& failure) {
    return exchange_->refuse_for_want_of_threads(failure);
  }
  // The handler has said nothing yet: what it sends is handled when this turn is over.
  on_.out().push(std::move(head_of_it));
}

std::optional<wait> http1_connection::awaited() const {
  if (has_ended())
    return std::nullopt;
  if (!exchange_)
    return parser_.is_in_message() ? wait::header : wait::keep_alive;
  auto which = exchange_->awaited();
  if (which == wait::content && on_.out().is_flooded())
    which = wait::handler;
  return which;
}

terms http1_connection::terms_of(wait which) const {
  const auto& all = on_.limits();
  switch (which) {
    case wait::header: return {all.header_deadline};
    case wait::keep_alive: return {all.keep_alive};
    case wait::write: return sluice::terms_of(*answered_, which);
    default: return exchange_ ? exchange_->terms_of(which) : terms{};
  }
}

route_tally* http1_connection::tally_of(wait which) noexcept {
  if (which == wait::write)
    return &answered_->seen;
  return exchange_ ? &exchange_->route().seen : &on_.shared().settled.none().seen;
}

void http1_connection::on_deadline(wait which) {
  if (which == wait::keep_alive)
    return on_.close_now(cancel_reason::client_deadline);
  if (which == wait::header)
    return begin_incomplete().refuse_rest(status::request_timeout,
                                          "The head of the request took too long.");
  if (exchange_)
    exchange_->on_deadline(which);
}

const endpoint* http1_connection::route() const noexcept {
  return exchange_ ? exchange_->matched() : nullptr;
}

void http1_connection::describe(stall& into) const {
  into.protocol = "HTTP/1.1";
  if (exchange_)
    exchange_->describe(into);
}

void http1_connection::on_drain() {
  // A request that is on its way is served; persistence_wish closes after it. A client that is gone
  // unseen would be waited for.
  if (exchange_)
    return exchange_->on_drain();
  if (parser_.is_in_message() || on_.in().has_unread())
    return;
  // A first request may be on its way from a client that has just connected: a reset would meet it.
  if (on_.out().empty() && !is_new_)
    return on_.close_now(cancel_reason::draining);
  end_request();
}

void http1_connection::end_request() {
  is_over_ = true;
  on_.finish();
}

void http1_connection::give_up(cancel_reason reason) {
  on_.fail(reason);
}

void http1_connection::on_gone(cancel_reason reason) {
  if (exchange_ && !successor_)
    exchange_->on_gone(reason);
}

} // namespace sluice
