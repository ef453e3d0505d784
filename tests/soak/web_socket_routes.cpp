#include "tests/soak/routes.hpp"
#include "tests/soak/scenario.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace sluice::soak {

namespace {

using std::chrono::milliseconds;

task echo(web_socket& socket) {
  while (const auto next = co_await socket.next())
    co_await socket.send(*next);
}

task late(web_socket& socket) {
  while (const auto next = co_await socket.next()) {
    co_await socket.delay(milliseconds{3});
    co_await socket.send(*next);
  }
}

task late_and_blocking(web_socket& socket) {
  while (const auto next = co_await socket.next()) {
    std::this_thread::sleep_for(milliseconds{3});
    co_await socket.send(*next);
  }
}

/// Sends each message back as a plain CAF actor, and acknowledges it when that has left.
behavior_handler caf_echo() {
  return {[](caf::event_based_actor* self, const request&,
             const caf::actor& connection) -> caf::behavior {
            const auto held = std::make_shared<caf::response_promise>();
            self->attach_functor([held] { *held = {}; });
            return {
              [=, to = connection](const message& next) {
                *held = self->make_response_promise();
                self->request(to, caf::infinite, send_message{next})
                  .then([=] { held->deliver(caf::unit); },
                        [=](caf::error& why) { held->deliver(std::move(why)); });
              },
              [=](const closed&) { self->quit(); },
            };
          },
          true};
}

task throws(web_socket& socket) {
  [[maybe_unused]] const auto first = co_await socket.next();
  throw std::runtime_error{"on purpose"};
}

task ends(web_socket& socket) {
  [[maybe_unused]] const auto first = co_await socket.next();
}

task closes(web_socket& socket) {
  [[maybe_unused]] const auto first = co_await socket.next();
  co_await socket.close(close_code::going_away, "enough");
  while (const auto next = co_await socket.next()) {}
}

task flood(web_socket& socket) {
  std::vector<pending_answer> answers;
  answers.reserve(200);
  for (auto i = 0; i < 200; ++i)
    answers.push_back(socket.send_text(std::string(2000, 'f')));
  for (auto& answer : answers)
    co_await answer; // throws once the cap is passed
}

/// Pushes messages to a WebSocket's handler, as the rest of a program would: at once all that its
/// policy has to judge, or, where the sender is to slow down, one after the other.
class producer final : public caf::event_based_actor {
public:
  producer(caf::actor_config& config, caf::actor to, bool waits)
    : caf::event_based_actor{config}, to_{std::move(to)}, waits_{waits} {
    set_down_handler([this](caf::down_msg&) { quit(); });
    // Refused memory is expected here: CAF would print it.
    set_exception_handler(
      [](std::exception_ptr&) { return caf::make_error(caf::exit_reason::unhandled_exception); });
  }

  caf::behavior make_behavior() override {
    monitor(to_);
    send(this, caf::atom("tick"));
    return {[this](caf::atom_value) { push(); }};
  }

  void on_exit() override { to_ = nullptr; }

private:
  void push() {
    if (left_-- == 0)
      return quit();
    const send_message next{{message_kind::text, octets{pattern(1500)}, true}};
    if (waits_) {
      request(to_, caf::infinite, next)
        .then([this] { send(this, caf::atom("tick")); }, [this](caf::error&) { quit(); });
      return;
    }
    for (auto i = 0; i < 10; ++i)
      send(to_, next);
    delayed_send(this, milliseconds{5}, caf::atom("tick"));
  }

  caf::actor to_;
  bool waits_;
  int left_ = 40;
};

task pushed_to(web_socket& socket, bool waits) {
  auto& self = socket.self();
  self.spawn<producer>(caf::actor_cast<caf::actor>(&self), waits);
  while (const auto next = co_await socket.next()) {}
}

void calm(route_options options) {
  route_limits own;
  own.handler_deadline = own.content_deadline = own.write_deadline = ample;
  options.limits(own);
}

void calm_with(route_options options, void (*place)(route_options&)) {
  calm(options);
  place(options);
}

constexpr auto pooled = [](route_options& options) { options.pooled(); };
constexpr auto own = [](route_options& options) { options.detached(); };

} // namespace

void add_web_socket_routes(router& routes) {
  calm(routes.web_socket("/ws/echo/loop", echo));
  calm_with(routes.web_socket("/ws/echo/pool", echo), pooled);
  calm_with(routes.web_socket("/ws/echo/own", echo), own);
  calm(routes.web_socket("/ws/late/loop", late));
  calm_with(routes.web_socket("/ws/late/pool", late), pooled);
  calm_with(routes.web_socket("/ws/late/own", late_and_blocking), own);
  calm(routes.web_socket("/ws/late/caf", caf_echo()));
  calm_with(routes.web_socket("/ws/parts", echo),
            [](route_options& options) { options.message_parts(3000); });
  routes.web_socket("/ws/never", never_acknowledges(temper::obedient));
  routes.web_socket("/ws/never/pool", never_acknowledges(temper::obedient)).pooled();
  routes.web_socket("/ws/stubborn", never_acknowledges(temper::stubborn));
  routes.web_socket("/ws/throws", throws);
  routes.web_socket("/ws/ends", ends);
  routes.web_socket("/ws/closes", closes);
  routes.web_socket("/ws/flood", flood);
  const auto push = [&](const std::string& name, slow_consumer policy, bool waits) {
    routes
      .web_socket("/ws/push/" + name,
                  [waits](web_socket& socket) { return pushed_to(socket, waits); })
      .on_slow_consumer(policy, 4);
  };
  push("wait", slow_consumer::wait, true);
  push("oldest", slow_consumer::drop_oldest, false);
  push("newest", slow_consumer::drop_newest, false);
  push("latest", slow_consumer::latest, false);
  push("close", slow_consumer::close, false);
}

} // namespace sluice::soak
