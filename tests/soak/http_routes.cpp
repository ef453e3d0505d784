#include "tests/soak/routes.hpp"
#include "tests/soak/scenario.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sluice::soak {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t piece_size = 5000;

task echo(exchange& http) {
  std::uint64_t total = 0;
  auto hash = hash_start;
  while (const auto piece = co_await http.content().next()) {
    total += piece->size();
    hash = hash_on(hash, piece->text());
  }
  co_await http.respond(status::ok, digest(total, hash));
}

task late(exchange& http) {
  std::uint64_t total = 0;
  auto hash = hash_start;
  while (const auto piece = co_await http.content().next()) {
    co_await http.delay(milliseconds{3});
    total += piece->size();
    hash = hash_on(hash, piece->text());
  }
  co_await http.respond(status::ok, digest(total, hash));
}

task late_and_blocking(exchange& http) {
  std::uint64_t total = 0;
  auto hash = hash_start;
  while (const auto piece = co_await http.content().next()) {
    std::this_thread::sleep_for(milliseconds{3});
    total += piece->size();
    hash = hash_on(hash, piece->text());
  }
  co_await http.respond(status::ok, digest(total, hash));
}

task slow(exchange& http) {
  co_await http.delay(milliseconds{40});
  co_await http.respond(status::ok, "slow");
}

task silent(exchange& http) {
  co_await http.delay(std::chrono::hours{1});
}

task throws(exchange& http) {
  [[maybe_unused]] const auto first = co_await http.content().next();
  throw std::runtime_error{"on purpose"};
}

task ends(exchange& http) {
  [[maybe_unused]] const auto first = co_await http.content().next();
}

task stops(exchange& http) {
  co_await http.begin(status::ok, {}, 1000);
  co_await http.send("not all of it");
}

task early(exchange& http) {
  co_await http.respond(status::ok, "early");
}

task goes_on(exchange& http) {
  co_await http.respond(status::ok, "answered");
  co_await http.delay(milliseconds{60});
}

task wants_more(exchange& http) {
  co_await http.respond(status::ok, "answered");
  while (const auto piece = co_await http.content().next()) {}
}

task flood(exchange& http) {
  std::vector<pending_answer> answers;
  answers.push_back(http.begin(status::ok));
  for (auto i = 0; i < 100; ++i)
    answers.push_back(http.send(std::string(4096, 'f')));
  for (auto& answer : answers)
    co_await answer; // throws once the cap is passed
  co_await http.finish();
}

task send_pattern(exchange& http) {
  const auto whole = pattern(std::strtoul(std::string{http.param("n")}.c_str(), nullptr, 10));
  std::string_view rest{whole};
  while (!rest.empty()) {
    const auto size = std::min(rest.size(), piece_size);
    co_await http.send(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  co_await http.finish();
}

task stream(exchange& http) {
  co_await http.begin(status::ok);
  const auto rest = send_pattern(http);
  co_await rest;
}

task sized(exchange& http) {
  co_await http.begin(status::ok, {},
                      std::strtoul(std::string{http.param("n")}.c_str(), nullptr, 10));
  const auto rest = send_pattern(http);
  co_await rest;
}

/// Counts content as a plain CAF actor; `delay` acknowledges each chunk later.
behavior_handler caf_echo(milliseconds delay) {
  struct state {
    std::uint64_t total = 0;
    std::uint64_t hash = hash_start;
  };
  return {[delay](caf::event_based_actor* self, const request&,
                  const caf::actor& connection) -> caf::behavior {
            const auto count = std::make_shared<state>();
            const auto held = std::make_shared<caf::response_promise>();
            self->attach_functor([held] { *held = {}; });
            return {
              [=](const chunk& piece) {
                count->total += piece.content.size();
                count->hash = hash_on(count->hash, piece.content.text());
                *held = self->make_response_promise();
                if (delay == milliseconds::zero())
                  held->deliver(caf::unit);
                else
                  self->delayed_send(self, delay, caf::atom("release"));
              },
              [=](caf::atom_value) {
                if (held->pending())
                  held->deliver(caf::unit);
              },
              [=, to = connection](const end_of_content&) {
                self->request(to, caf::infinite, respond{text(digest(count->total, count->hash))})
                  .then([self] { self->quit(); });
              },
            };
          },
          true};
}

behavior_handler caf_plain() {
  return {[](caf::event_based_actor* self, const request&,
             const caf::actor& connection) -> caf::behavior {
            self->request(connection, caf::infinite, respond{text("plain")}).then([self] {
              self->quit();
            });
            return {[](const chunk&) {}};
          },
          false};
}

template <class Handler>
void add(router& routes, const std::string& pattern, Handler handler,
         void (*adjust)(route_options&)) {
  for (const auto which : {method::get, method::post, method::put}) {
    auto options = routes.on(which, pattern, handler);
    adjust(options);
  }
}

constexpr auto no_change = [](route_options&) {};
constexpr auto calm = [](route_options& options) {
  route_limits own;
  own.handler_deadline = own.content_deadline = own.write_deadline = ample;
  options.limits(own);
};
constexpr auto calm_pooled = [](route_options& options) {
  calm(options);
  options.pooled();
};
constexpr auto calm_own = [](route_options& options) {
  calm(options);
  options.detached();
};
constexpr auto pooled = [](route_options& options) { options.pooled(); };
constexpr auto own = [](route_options& options) { options.detached(); };

} // namespace

behavior_handler never_acknowledges(temper how) {
  return {[how](caf::event_based_actor* self, const request&, const caf::actor&) -> caf::behavior {
            const auto hold = std::make_shared<std::vector<caf::response_promise>>();
            self->attach_functor([hold] { hold->clear(); });
            return {
              [=](const chunk&) { hold->push_back(self->make_response_promise()); },
              [=](const message&) { hold->push_back(self->make_response_promise()); },
              [](const end_of_content&) {},
              [](const closed&) {},
              [=](const cancelled&) {
                if (how == temper::obedient)
                  return self->quit();
                for (auto& late : *hold) // an acknowledgement that nobody waits for any more
                  late.deliver(caf::unit);
                hold->clear();
              },
            };
          },
          true};
}

void add_http_routes(router& routes) {
  routes.get("/plain", [](const request&) { return text("plain"); });
  routes.get("/throws/function",
             [](const request&) -> response { throw std::runtime_error{"on purpose"}; });
  add(routes, "/echo/loop", echo, calm);
  add(routes, "/echo/pool", echo, calm_pooled);
  add(routes, "/echo/own", echo, calm_own);
  add(routes, "/late/loop", late, calm);
  add(routes, "/late/pool", late, calm_pooled);
  add(routes, "/late/own", late_and_blocking, calm_own);
  add(routes, "/slow/loop", slow, calm);
  add(routes, "/slow/pool", slow, calm_pooled);
  add(routes, "/slow/own", slow, calm_own);
  add(routes, "/caf/echo", caf_echo(milliseconds::zero()), calm);
  add(routes, "/caf/late", caf_echo(milliseconds{2}), calm);
  add(routes, "/caf/plain", caf_plain(), calm);
  add(routes, "/silent", silent, no_change);
  add(routes, "/silent/own", silent, own);
  add(routes, "/never", never_acknowledges(temper::obedient), no_change);
  add(routes, "/never/pool", never_acknowledges(temper::obedient), pooled);
  add(routes, "/stubborn", never_acknowledges(temper::stubborn), no_change);
  add(routes, "/throws", throws, no_change);
  add(routes, "/ends", ends, pooled);
  add(routes, "/stops", stops, no_change);
  add(routes, "/early", early, calm);
  add(routes, "/after", goes_on, calm);
  add(routes, "/wants", wants_more, calm);
  add(routes, "/flood", flood, no_change);
  add(routes, "/stream/{n}", stream, calm);
  add(routes, "/sized/{n}", sized, calm_pooled);
  add(routes, "/limited", echo,
      [](route_options& options) { options.content_limit(content_limit); });
}

router make_routes() {
  router routes;
  add_http_routes(routes);
  add_web_socket_routes(routes);
  return routes;
}

} // namespace sluice::soak
