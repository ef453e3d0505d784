#include "sluice/actors/testing/handler_fixture.hpp"

#include "sluice/actors/testing/internal/scripted_connection.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/make_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cassert>
#include <utility>

namespace sluice::testing {

struct handler_fixture::parts {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      sluice::add_message_types(*this);
    }
  };

  parts() {
    system.await_actors_before_shutdown(false);
    caf::actor_config plain;
    self = caf::make_actor<scripted_connection, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, plain);
    script = static_cast<scripted_connection*>(self->get());
  }

  endpoint target;
  config options;
  caf::actor_system system{options};
  caf::strong_actor_ptr self;
  scripted_connection* script = nullptr; ///< what `self` keeps alive
  caf::scheduler::test_coordinator& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(
    system.scheduler());
};

handler_fixture::handler_fixture() : parts_{std::make_unique<parts>()} {}

handler_fixture::~handler_fixture() {
  parts_->script->kill_handler();
  run();
}

void handler_fixture::start(endpoint target, request head) {
  assert(!std::holds_alternative<function_handler>(target.handler));
  parts_->target = std::move(target);
  parts_->target.where = placement::pooled; // a thread of its own would run by itself
  parts_->script->start_handler(parts_->target, std::move(head));
}

void handler_fixture::deliver(std::variant<chunk, message> next) {
  parts_->script->deliver(std::move(next));
}

void handler_fixture::deliver(std::string_view content) {
  if (parts_->script->speaks() == endpoint::protocol::http)
    deliver(chunk{octets{content}});
  else
    deliver(message{message_kind::text, octets{content}, true});
}

void handler_fixture::end_content(fields trailers) {
  parts_->script->end_content(std::move(trailers));
}

void handler_fixture::close(closed event) {
  parts_->script->close(std::move(event));
}

void handler_fixture::cancel(cancel_reason reason) {
  parts_->script->cancel(reason);
}

void handler_fixture::peer_stops_reading() {
  parts_->script->stop_reading();
}

void handler_fixture::peer_reads() {
  parts_->script->read();
}

void handler_fixture::stop() {
  parts_->script->stop();
}

void handler_fixture::run() {
  while (step()) {}
}

bool handler_fixture::step() {
  return parts_->scheduler.try_run_once();
}

void handler_fixture::advance(duration by) {
  auto& clock = parts_->scheduler.clock();
  const auto until = clock.now() + by;
  run();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= until) {
    clock.advance_time(clock.schedule().begin()->first - clock.now());
    run();
  }
  clock.advance_time(until - clock.now());
}

const handler_fixture::record& handler_fixture::seen() const noexcept {
  return parts_->script->seen();
}

std::string handler_fixture::sent_content() const {
  std::string all;
  for (const auto& each : sent()) {
    if (const auto* whole = std::get_if<respond>(&each))
      all += whole->whole.content;
    if (const auto* piece = std::get_if<response_content>(&each))
      all += piece->content.text();
    if (const auto* next = std::get_if<send_message>(&each))
      all += next->content.text();
  }
  return all;
}

caf::actor_system& handler_fixture::system() noexcept {
  return parts_->system;
}

} // namespace sluice::testing
