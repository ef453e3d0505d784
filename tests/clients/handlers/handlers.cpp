// Handlers that behave badly, for the client tests: they are loaded with --load. What happens to
// them is noted and answered by GET /notes, a line "note times" each.

#include <sluice/sluice.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

/// How often what happened. Handlers of all threads write it.
class notes {
public:
  void add(const std::string& what) {
    const std::lock_guard guard{mutex_};
    ++times_[what];
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard guard{mutex_};
    std::string out;
    for (const auto& [what, times] : times_)
      out += what + ' ' + std::to_string(times) + '\n';
    return out;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> times_;
};
using shared_notes = std::shared_ptr<notes>;

/// Notes the end of the coroutine that it lives in.
class tombstone {
public:
  tombstone(shared_notes log, std::string what) : log_{std::move(log)}, what_{std::move(what)} {}
  tombstone(const tombstone&) = delete;
  tombstone& operator=(const tombstone&) = delete;
  ~tombstone() { log_->add(what_); }

private:
  shared_notes log_;
  std::string what_;
};

std::uint64_t number(const request& head, std::string_view name, std::uint64_t otherwise) {
  const auto text = head.query_param(name);
  return text ? std::stoull(std::string{*text}) : otherwise;
}

// -- answers before the content ---------------------------------------------------

task takes_all(exchange& http) {
  std::uint64_t total = 0;
  while (const auto piece = co_await http.content().next())
    total += piece->size();
  co_await http.respond(status::ok, std::to_string(total) + " octets\n");
}

task answers_early(exchange& http) {
  co_await http.respond(status::ok, "answered early\n");
}

response answers_early_without_actor(const request&) {
  return text("answered early\n");
}

// -- never done -------------------------------------------------------------------

enum class obedience : std::uint8_t { quits, stays };

/// Takes what it is given and never acknowledges. What cancels it is noted; `stays` goes on.
behavior_handler never_acknowledges(shared_notes log, std::string name, obedience when_cancelled) {
  return {[=](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
    const auto hold = std::make_shared<std::vector<caf::response_promise>>();
    const auto take = [=](const char* what) {
      hold->push_back(self->make_response_promise());
      log->add(name + ' ' + what);
    };
    self->attach_functor([=] {
      hold->clear();
      log->add(name + " ended");
    });
    log->add(name + " started");
    return {
      [take](const chunk&) { take("chunk"); },
      [take](const message&) { take("message"); },
      [=](const end_of_content&) { log->add(name + " end"); },
      [=](const closed&) { log->add(name + " closed"); },
      [=](const cancelled& order) {
        log->add(name + ' ' + std::string{to_string(order.reason)});
        if (when_cancelled == obedience::quits)
          self->quit();
      },
    };
  }};
}

task waits(exchange& http, shared_notes log) {
  const tombstone stone{log, "wait destroyed"};
  log->add("wait started");
  const auto length = std::chrono::milliseconds{number(http.request(), "ms", 3'600'000)};
  co_await http.delay(length);
  co_await http.respond(status::ok, "waited\n");
}

task answers_and_waits(exchange& http) {
  co_await http.respond(status::accepted, "answered early\n");
  co_await http.delay(std::chrono::hours{1});
}

/// Holds its thread for good.
task blocks(exchange&, shared_notes log) {
  log->add("block started");
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
  co_return;
}

/// Holds its thread until `is_released`, which it takes back.
task holds(exchange& http, shared_notes log, std::shared_ptr<std::atomic<bool>> is_released) {
  log->add("hold started");
  while (!is_released->exchange(false))
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  co_await http.respond(status::ok, "released\n");
}

// -- floods -----------------------------------------------------------------------

constexpr std::size_t piece_size = 64 * 1024;

octets fresh_piece() {
  return octets{std::string_view{std::string(piece_size, 'x')}};
}

void note_refusal(notes& log, refusal why) {
  log.add(why == refusal::output_full ? "flood refused at the cap"
                                      : "flood refused: " + std::string{to_string(why)});
}

/// Sends `pieces` pieces and waits for none; then looks at what became of them, from the last to
/// the first.
template <class Send>
task flood(std::uint64_t pieces, shared_notes log, Send send) {
  std::vector<pending_answer> answers;
  for (std::uint64_t i = 0; i < pieces; ++i)
    answers.push_back(send());
  log->add("flood sent");
  for (; !answers.empty(); answers.pop_back()) {
    try {
      co_await std::move(answers.back());
    } catch (const handler_fault& fault) {
      note_refusal(*log, fault.why());
    }
  }
}

task floods_content(exchange& http, shared_notes log) {
  const tombstone stone{log, "flood ended"};
  co_await http.begin(status::ok);
  auto all = flood(number(http.request(), "pieces", 200), log,
                   [&http] { return http.send(fresh_piece()); });
  co_await all;
}

task floods_messages(web_socket& socket, shared_notes log) {
  const tombstone stone{log, "flood ended"};
  auto all = flood(number(socket.request(), "pieces", 200), log,
                   [&socket] { return socket.send_binary(fresh_piece()); });
  co_await all;
}

/// Floods in one go from whatever thread it runs on: no answer is looked at before the last piece
/// is sent.
behavior_handler floods_from_elsewhere(shared_notes log) {
  return {[=](caf::event_based_actor* self, const request& head,
              const caf::actor& connection) -> caf::behavior {
    const auto nothing = [](caf::error&) {};
    self->request(connection, caf::infinite, begin_response{}).then([] {}, nothing);
    const auto refused = [log](caf::error& error) {
      if (const auto why = refusal_of(error))
        note_refusal(*log, *why);
    };
    for (auto left = number(head, "pieces", 200); left > 0; --left)
      self->request(connection, caf::infinite, response_content{fresh_piece()})
        .then([] {}, refused);
    log->add("flood sent");
    self->attach_functor([log] { log->add("flood ended"); });
    return {
      [](const end_of_content&) {},
      [=](const cancelled&) { self->quit(); },
    };
  }};
}

/// Makes the coroutine that `Handler` writes with the notes as its second parameter.
template <class Peer>
auto noting(shared_notes log, task (*handler)(Peer&, shared_notes)) {
  return [log, handler](Peer& peer) { return handler(peer, log); };
}

} // namespace

extern "C" void sluice_routes(router& routes) {
  const auto log = std::make_shared<notes>();
  routes.get("/notes", [log](const request&) { return text(log->text()); });

  routes.get("/throws", [](const request&) -> response { throw std::runtime_error{"as asked"}; });
  routes.post("/limited", takes_all).content_limit(1'000'000);
  routes.post("/early", answers_early);
  routes.post("/early-plain", answers_early_without_actor);

  const auto as_long_as_it_likes = duration::zero();
  const auto never = never_acknowledges(log, "never", obedience::quits);
  const auto stubborn = never_acknowledges(log, "stubborn", obedience::stays);
  for (const auto& [path, handler] :
       {std::pair{"/never", never}, std::pair{"/stubborn", stubborn}}) {
    routes.post(path, handler).handler_deadline(as_long_as_it_likes);
    routes.web_socket(path, handler).handler_deadline(as_long_as_it_likes);
  }
  routes.post("/overdue", never_acknowledges(log, "overdue", obedience::quits));
  routes.get("/wait", noting(log, waits)).handler_deadline(as_long_as_it_likes);
  routes.get("/early-then-wait", answers_and_waits);
  routes.get("/block", noting(log, blocks)).detached();
  routes.get("/block-loop", noting(log, blocks));
  const auto is_released = std::make_shared<std::atomic<bool>>(false);
  routes
    .get("/hold-pool", [log, is_released](exchange& http) { return holds(http, log, is_released); })
    .pooled();
  routes.get("/release-pool", [is_released](const request&) {
    *is_released = true;
    return text("released\n");
  });

  routes.get("/flood", noting(log, floods_content));
  routes.web_socket("/flood", noting(log, floods_messages));
  routes.get("/flood-pooled", floods_from_elsewhere(log)).pooled();
  routes.get("/flood-thread", floods_from_elsewhere(log)).detached();
}
