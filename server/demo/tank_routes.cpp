#include "sluice/server/demo/tank_routes.hpp"

#include "sluice/actors/handler/coroutine_actor.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/protocol/http/byte_range.hpp"
#include "sluice/protocol/http/json_text.hpp"
#include "sluice/server/admin/stall_report.hpp"
#include "sluice/server/demo/pace.hpp"
#include "sluice/server/demo/tank.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/process_figures.hpp"

#include <caf/actor_cast.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view tank_route = "/tank";
constexpr std::size_t message_size = 64 * 1024;
/// The end of a client waits behind what it has sent, unless something is sent to it: then its host
/// answers with a reset.
constexpr auto probe_interval = 100ms;
constexpr auto watch_interval = 100ms;

using seen_server = std::atomic<const server_view*>;

/// By the clock that the handler's delays follow.
time_point now_of(const context& handler) {
  return handler.runner().time_keeper()->exact_time();
}

// -- what is asked -----------------------------------------------------------------

/// The id that a request is about. Throws http_error 400.
std::string id_of(const request& head) {
  constexpr std::size_t longest = 64;
  constexpr std::string_view
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  auto id = head.query_param("id").value_or(std::string{});
  if (id.empty() || id.size() > longest || id.find_first_not_of(letters) != std::string::npos)
    throw http_error{status::bad_request, "id is 1 to 64 letters, digits, - and _."};
  return id;
}

/// Octets a second. Throws http_error 400.
std::uint64_t rate_of(const request& head) {
  const auto text = head.query_param("rate");
  const auto rate = text ? parse_number(*text) : std::nullopt;
  if (!rate)
    throw http_error{status::bad_request, "rate is a whole number of octets a second."};
  return *rate;
}

/// Before a WebSocket is accepted.
std::optional<response> judge_opening(const request& head, const tanks& all) {
  const auto found = all.look(id_of(head));
  std::ignore = rate_of(head);
  if (found && found->is == tank::state::open)
    throw http_error{status::conflict, "There is an open tank with this id."};
  if (!found && !all.has_room())
    throw http_error{status::service_unavailable, "There are as many tanks as may be."};
  return std::nullopt;
}

// -- the handler that takes ---------------------------------------------------------

/// Says that a tank has ended when its handler does: also one that is cancelled, whose locals are
/// destroyed where it waits.
class tank_end {
public:
  tank_end(tanks& all, const tank& which) noexcept : all_{all}, which_{which} {}
  tank_end(const tank_end&) = delete;
  tank_end& operator=(const tank_end&) = delete;
  ~tank_end() { all_.end(which_, reason_); }

  void set_reason(std::string_view literal) noexcept { reason_ = literal; }

private:
  tanks& all_;
  const tank& which_;
  std::string_view reason_ = "cancelled";
};

/// How fast a handler takes.
class tap {
public:
  explicit tap(std::uint64_t rate) noexcept : rate_{rate}, pace_{rate == 0 ? pace{} : pace{rate}} {}

  [[nodiscard]] bool is_shut() const noexcept { return rate_ == 0; }
  /// How much of `left` octets is taken at a time: what comes in a twentieth of a second, so that
  /// the figures grow evenly.
  [[nodiscard]] std::uint64_t piece_of(std::uint64_t left) const noexcept {
    return std::min(left, std::max<std::uint64_t>(1, rate_ / 20));
  }
  /// How long that takes.
  [[nodiscard]] duration after(std::uint64_t octets, time_point now) noexcept {
    return pace_.after(octets, now);
  }

private:
  std::uint64_t rate_;
  pace pace_;
};

/// Probes the client of a handler that acknowledges too often to be taken for stalled, by an empty
/// message now and then. Never more than one waits to leave.
class heartbeat {
public:
  void beat(web_socket& socket, time_point now) {
    if (now < due_ || (last_ && !last_->is_ready()))
      return;
    due_ = now + probe_interval;
    last_.emplace(socket.send_text({}));
  }

private:
  time_point due_{};
  std::optional<pending_answer> last_;
};

/// Takes a message at the rate of `speed`, which `rates` may change at any time.
task take(web_socket& socket, std::uint64_t size, tap& speed, inbox<tank_rate>& rates,
          heartbeat& heart, tank& figures) {
  figures.with_handler = size;
  while (size > 0) {
    if (speed.is_shut() || rates.size() > 0) {
      const auto wanted = co_await rates.next();
      speed = tap{wanted.octets_a_second};
      continue;
    }
    const auto now = now_of(socket);
    heart.beat(socket, now);
    const auto piece = speed.piece_of(size);
    if (const auto wait = speed.after(piece, now); wait > duration::zero()) {
      const auto event = co_await first_of(socket.delay(wait), rates.next());
      if (const auto* const wanted = std::get_if<1>(&event)) {
        speed = tap{wanted->octets_a_second};
        continue;
      }
    }
    size -= piece;
    figures.taken += piece;
    figures.with_handler = size;
  }
}

task fill_tank(web_socket& socket, tanks& all) {
  inbox<tank_rate> rates{socket, {slow_consumer::latest, 1}};
  const auto figures = all.open(id_of(socket.request()),
                                caf::actor_cast<caf::actor>(&socket.self()), socket.request().peer);
  if (!figures) { // others have come since this was judged
    co_await socket.close(close_code::try_again_later, "there are as many tanks as may be");
    co_return;
  }
  tank_end at_end{all, *figures};
  tap speed{rate_of(socket.request())};
  heartbeat heart;
  while (const auto said = co_await socket.next())
    co_await take(socket, said->size(), speed, rates, heart, *figures);
  at_end.set_reason("peer_closed");
}

response set_tank_rate(const request& head, tanks& all) {
  const auto id = id_of(head);
  switch (all.set_rate(id, {rate_of(head)})) {
    case tanks::telling::told: return {status::no_content, {}, {}};
    case tanks::telling::ended: throw http_error{status::gone, "The handler has ended."};
    default: throw http_error{status::not_found, "There is no tank with this id."};
  }
}

// -- who watches ----------------------------------------------------------------------

/// Octets a second, over about the last second.
class recent_rate {
public:
  void note(std::uint64_t total, time_point now) {
    if (!marks_.empty() && total < marks_.back().total)
      marks_.clear(); // of another tank
    marks_.push_back({now, total});
    while (marks_.size() > 2 && marks_.front().when < now - 1s)
      marks_.pop_front();
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    const auto time = std::chrono::duration<double>(marks_.back().when - marks_.front().when);
    const auto octets = static_cast<double>(marks_.back().total - marks_.front().total);
    return time.count() > 0 ? static_cast<std::uint64_t>(std::llround(octets / time.count())) : 0;
  }

private:
  struct mark {
    time_point when;
    std::uint64_t total;
  };
  std::deque<mark> marks_;
};

/// What the connection of a tank holds that its handler has not been given.
struct waiting_octets {
  std::size_t kernel = 0;
  std::size_t held = 0; ///< by Sluice
};

/// Asks the loops of the server, if it is known.
task_of<waiting_octets> survey_tank(exchange& http, const seen_server& seen,
                                    const tank::picture& which) {
  waiting_octets found;
  const auto* const server = seen.load();
  if (server == nullptr)
    co_return found;
  stall_query asked;
  asked.route = tank_route;
  asked.peer = which.peer;
  asked.with_idle = true;
  const auto report = co_await survey(http, *server, asked);
  for (const auto& loop : report.loops) {
    if (!loop)
      continue;
    for (const auto& row : loop->rows)
      if (row.handler && row.handler->id == which.handler)
        found = {row.kernel_unread, row.unread + row.parked};
  }
  co_return found;
}

// Text by hand: where an object of the library's gets no memory it ends the process.
std::string to_json(const std::optional<tank::picture>& which, const waiting_octets& waiting,
                    std::uint64_t rate) {
  const auto is_open = which && which->is == tank::state::open;
  const auto* const state = !which ? "none" : is_open ? "open" : "ended";
  std::string out = R"({"state":")";
  out.append(state).append("\"");
  const auto add = [&](std::string_view name, std::uint64_t value) {
    out.append(",\"").append(name).append("\":").append(std::to_string(value));
  };
  add("taken", which ? which->taken : 0);
  add("rate", is_open ? rate : 0);
  add("kernel", waiting.kernel);
  add("held", waiting.held);
  add("with_handler", is_open ? which->with_handler : 0);
  add("memory", process_figures::read_resident());
  out.append(R"(,"reason":)");
  out.append(which && !is_open ? json_quoted(which->reason) : "null").append("}");
  return out;
}

task watch_tank(exchange& http, tanks& all, const seen_server& seen) {
  const auto id = id_of(http.request());
  inbox<tank_ended> end{http, {slow_consumer::latest, 1}};
  recent_rate rate;
  auto events = http.events();
  for (;;) {
    all.watch(id, caf::actor_cast<caf::weak_actor_ptr>(&http.self()));
    const auto now = all.look(id);
    rate.note(now ? now->taken : 0, now_of(http));
    waiting_octets waiting;
    if (now && now->is == tank::state::open)
      waiting = co_await survey_tank(http, seen, *now);
    server_event event{to_json(now, waiting, rate.get())};
    co_await events.send(event);
    const auto next = co_await first_of(end.next(), http.delay(watch_interval), http.draining());
    if (next.index() == 2)
      break;
  }
  co_await events.finish();
}

} // namespace

void add_tank_routes(router& routes, const seen_server& seen) {
  const auto all = std::make_shared<tanks>();
  routes.web_socket(tank_route, [all](web_socket& socket) { return fill_tank(socket, *all); })
    .guard([all](const request& head) { return judge_opening(head, *all); })
    .message_limit(message_size)
    .handler_deadline(duration::zero())
    .content_deadline(duration::zero())
    .write_deadline(duration::zero())
    .stall_probe(probe_interval);
  routes.post("/tank/rate", [all](const request& head) { return set_tank_rate(head, *all); });
  routes.get("/tank/watch", [all, &seen](exchange& http) { return watch_tank(http, *all, seen); });
}

} // namespace sluice
