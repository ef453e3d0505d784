#include "actors/testing/connection_fixture.hpp"

#include "actors/handler/endpoint.hpp"
#include "actors/journal.hpp"
#include "actors/loop_context.hpp"
#include "actors/messages.hpp"
#include "actors/socket_actor.hpp"
#include "actors/testing/internal/scripted_stream.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/make_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::testing {

struct connection_fixture::parts final : journal, connection_owner {
  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      sluice::add_message_types(*this);
    }
  };

  parts(const dispatcher& routes, const settings& bounds) : limits{bounds} {
    system.await_actors_before_shutdown(false);
    std::error_code failure;
    loop = event_loop::make(system, time, limits.chunk_size, failure);
    if (!loop)
      throw std::runtime_error{"can't make an event loop: " + failure.message()};
    context.reset(new loop_context{system, *loop, limits, routes, *this, count});
    loop->turn(); // this thread is the loop's from now on
    caf::actor_config plain{loop.get()};
    self = caf::make_actor<socket_actor, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, plain, *context,
      static_cast<connection_owner&>(*this), std::make_unique<scripted_transport>(stream),
      std::string{"client"});
    connection = static_cast<socket_actor*>(self->get());
    is_open = connection->open();
  }

  void access(const access_record& record) override {
    accesses.push_back({std::string{record.target}, record.status, std::string{record.outcome}});
  }
  void report(severity, std::string_view text) override { reports.emplace_back(text); }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  void on_socket_closed() override { is_open = false; }
  void on_connection_ended(socket_actor&) override {
    connection = nullptr;
    self = nullptr;
  }

  const settings limits;
  driven_time time;
  counters count;
  std::vector<access_line> accesses;
  std::vector<std::string> reports;
  config options;
  caf::actor_system system{options};
  caf::scheduler::test_coordinator& pool = dynamic_cast<caf::scheduler::test_coordinator&>(
    system.scheduler());
  std::shared_ptr<scripted_stream> stream = std::make_shared<scripted_stream>();
  std::unique_ptr<event_loop> loop;
  std::unique_ptr<loop_context> context;
  caf::strong_actor_ptr self; ///< null once the connection's actor has ended
  socket_actor* connection = nullptr;
  bool is_open = false;
};

connection_fixture::connection_fixture(const dispatcher& routes, const settings& limits)
  : parts_{std::make_unique<parts>(routes, limits)} {}

connection_fixture::~connection_fixture() {
  if (parts_->connection != nullptr)
    parts_->connection->drop(cancel_reason::draining);
  run();
  if (parts_->connection != nullptr)
    parts_->connection->kill_handlers();
  run();
}

void connection_fixture::send(std::string_view octets) {
  parts_->stream->send(octets);
}

void connection_fixture::shutdown_write() {
  parts_->stream->shutdown_write();
}

void connection_fixture::close() {
  parts_->stream->close();
}

void connection_fixture::reset() {
  parts_->stream->reset();
}

void connection_fixture::vanish() {
  parts_->stream->vanish();
}

void connection_fixture::time_out() {
  parts_->stream->time_out();
}

void connection_fixture::stop_reading() {
  parts_->stream->stop_reading();
}

void connection_fixture::read_on() {
  parts_->stream->read_on();
}

void connection_fixture::run() {
  auto is_busy = true;
  while (is_busy) {
    is_busy = parts_->stream->tell();
    is_busy = parts_->loop->turn() || is_busy;
    is_busy = parts_->pool.run() > 0 || is_busy;
  }
}

void connection_fixture::advance(duration by) {
  run();
  const auto end = parts_->time.now() + by;
  while (const auto due = parts_->loop->timers().next_due()) {
    if (*due > end)
      break;
    parts_->time.advance(std::max(*due - parts_->time.now(), duration::zero()));
    run();
  }
  parts_->time.advance(end - parts_->time.now());
  run();
}

void connection_fixture::drain() {
  if (parts_->connection != nullptr)
    parts_->connection->drain();
}

const peer_view& connection_fixture::peer() const noexcept {
  return parts_->stream->seen();
}

std::size_t connection_fixture::in_kernel() const noexcept {
  return parts_->stream->readable();
}

bool connection_fixture::is_open() const noexcept {
  return parts_->is_open;
}

bool connection_fixture::is_alive() const noexcept {
  return parts_->connection != nullptr;
}

const counters& connection_fixture::count() const noexcept {
  return parts_->count;
}

const std::vector<access_line>& connection_fixture::accesses() const noexcept {
  return parts_->accesses;
}

const std::vector<std::string>& connection_fixture::reports() const noexcept {
  return parts_->reports;
}

caf::actor_system& connection_fixture::system() noexcept {
  return parts_->system;
}

} // namespace sluice::testing
