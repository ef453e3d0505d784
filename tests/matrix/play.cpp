#include "tests/matrix/play.hpp"

namespace sluice::testing {

namespace {

/// One run of a cell: the client's part and the puppet's orders.
class player {
public:
  player(const cell& which, world& place, observed<puppet_log>& log)
    : which_{which}, place_{place}, log_{log} {}

  performance play() {
    approach();
    depart();
    react();
    finish();
    performance result{end(), log_.get(), place_.received(), stuck_};
    result.log.puppet = nullptr; // no handle outlives its actor system
    return result;
  }

private:
  // Up to the moment of departure.
  void approach() {
    if (which_.when == moment::in_head)
      return place_.send("GET /cell HTTP/1.1\r\nHo");
    if (which_.is_web_socket())
      approach_web_socket();
    else
      approach_http();
    if (which_.when == moment::mid_response)
      begin_response();
  }

  void approach_http() {
    const auto is_partial = which_.when == moment::mid_content;
    const auto is_endless = is_partial && which_.how == departure::window_full;
    std::string head = "POST /cell HTTP/1.1\r\nHost: a\r\n";
    switch (which_.what) {
      case framing::content_length:
        head += is_endless
                  ? "Content-Length: 1000000000\r\n\r\none"
                  : (is_partial ? "Content-Length: 6\r\n\r\none" : "Content-Length: 3\r\n\r\none");
        break;
      case framing::chunked:
        head += "Transfer-Encoding: chunked\r\n\r\n";
        head += is_endless ? "3B9ACA00\r\none" : "3\r\none\r\n";
        head += is_partial ? "" : "0\r\n\r\n";
        break;
      default: head += "\r\n"; break;
    }
    place_.send(head);
    const auto has_content = which_.what != framing::no_content;
    await("the handler", [&] {
      const auto seen = log_.get();
      if (!seen.has_started || seen.data < (has_content ? 1 : 0))
        return false;
      return is_partial || (has_content && which_.how_fast != pace::at_once) || seen.ends == 1;
    });
  }

  void approach_web_socket() {
    place_.send(handshake("/cell"));
    await("the 101", [&] { return place_.received().ends_with("\r\n\r\n"); });
    switch (which_.what) {
      case framing::ws_text: place_.send(client_frame(0x81, "one")); break;
      case framing::ws_binary: place_.send(client_frame(0x82, "one")); break;
      default: place_.send(client_frame(0x01, "o") + client_frame(0x80, "ne")); break;
    }
    await("the first message", [&] { return log_.get().data == 1; });
    if (which_.when == moment::mid_content)
      place_.send(which_.what == framing::ws_fragmented ? client_frame(0x01, "half of it")
                                                        : half_a_frame());
  }

  void begin_response() {
    order(log_, caf::make_message(begin_order::value));
    await("the first piece", [&] { return place_.received().find("first") != std::string::npos; });
    await("its acknowledgement",
          [&] { return log_.get().sent == (which_.is_web_socket() ? 1 : 2); });
  }

  void depart() {
    switch (which_.how) {
      case departure::fin: return place_.close();
      case departure::half_close: return place_.shutdown_write();
      case departure::rst: return place_.reset();
      case departure::vanished: return place_.vanish();
      case departure::window_full: break;
    }
    if (which_.when == moment::mid_response)
      return place_.stop_reading();
    place_.fill(filling());
    place_.close();
  }

  /// What the handler does after the client has gone, if it does anything.
  void react() {
    if (which_.when == moment::in_head || which_.how_fast == pace::never)
      return;
    // Who is cancelled at once gets no orders any more: its end comes first.
    if (expected(which_, place_.gives_up()).cancelled == cancel_reason::peer_closed
        && which_.how != departure::window_full)
      return;
    if (which_.how == departure::rst)
      return;
    order(log_, caf::make_message(acknowledge_order::value));
    if (which_.when == moment::mid_response) {
      const auto floods = which_.how != departure::half_close;
      order(log_, caf::make_message(go_on_order::value, floods));
    } else if (which_.when == moment::after_content && !which_.is_web_socket()) {
      order(log_, caf::make_message(answer_order::value));
    }
  }

  void finish() {
    const auto is_over = [&] {
      return place_.access().has_value() && (!log_.get().has_started || log_.get().has_ended);
    };
    const auto expectation = expected(which_, place_.gives_up());
    if (expectation.outcome.empty()) {
      // Nothing is to come of it, however long one waits.
      [[maybe_unused]] const auto over = place_.pass_until(is_over);
      return;
    }
    if (which_.is_web_socket() && which_.how == departure::vanished
        && expectation.cancelled == cancel_reason::peer_vanished) {
      if (place_.pass_until(is_over))
        stuck_ = "a silent WebSocket was ended";
      place_.give_up();
    }
    // What needs no deadline needs no time.
    if (!place_.until([&] { return !needs_time(expectation) ? is_over() : true; }))
      stuck_ = "the end, without time passing";
    if (!place_.pass_until(is_over))
      stuck_ = "the end";
  }

  [[nodiscard]] bool needs_time(const ending& expectation) const {
    if (expectation.status == 408 || which_.how == departure::vanished)
      return true;
    if (which_.how == departure::window_full)
      return true;
    if (!expectation.cancelled)
      return which_.how_fast == pace::never; // answered, then its handler ends
    return *expectation.cancelled == cancel_reason::handler_deadline
           || *expectation.cancelled == cancel_reason::client_deadline
           || *expectation.cancelled == cancel_reason::write_deadline;
  }

  [[nodiscard]] ending end() {
    ending result;
    const auto seen = log_.get();
    // A puppet that goes on after its answer is ended in the end; that is no cancellation.
    if (!seen.cancelled.empty() && seen.cancelled.front() != cancel_reason::answered)
      result.cancelled = seen.cancelled.front();
    if (const auto line = place_.access()) {
      result.status = line->status;
      result.outcome = line->outcome;
    }
    return result;
  }

  void await(std::string_view what, const world::condition& holds) {
    if (stuck_.empty() && !place_.until(holds))
      stuck_ = what;
  }

  /// The begin of a message that is larger than what the kernels hold.
  [[nodiscard]] static std::string half_a_frame() {
    return client_frame(0x82, std::string(900'000, '\0')).substr(0, 100);
  }

  /// What a client goes on sending; after a half message it is the rest of it, without end.
  [[nodiscard]] std::string filling() const {
    if (!which_.is_web_socket())
      return which_.when == moment::mid_content
               ? std::string(65536, 'x')
               : std::string{"GET /other HTTP/1.1\r\nHost: a\r\n\r\n"};
    if (which_.what == framing::ws_fragmented && which_.when == moment::mid_content)
      return client_frame(0x00, std::string(4096, 'x'));
    if (which_.when == moment::mid_content)
      return std::string(4096, '\0');
    return client_frame(0x82, std::string(65536, 'x'));
  }

  const cell which_;
  world& place_;
  observed<puppet_log>& log_;
  std::string stuck_;
};

} // namespace

router stage_of(const cell& which, const shared_puppet_log& log) {
  router routes;
  routes.get("/other", [](const request&) { return text("other"); });
  if (which.is_web_socket())
    routes.web_socket("/cell", puppet(log, which.how_fast, false));
  else
    routes.post("/cell", puppet(log, which.how_fast, true));
  return routes;
}

performance play(const cell& which, world& place, observed<puppet_log>& log) {
  return player{which, place, log}.play();
}

} // namespace sluice::testing
