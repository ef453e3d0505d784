#include "sluice/actors/testing/simulation.hpp"

#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/connection/socket_actor.hpp"
#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/http/http1_connection.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/observe/handler_observer.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/actors/testing/internal/scripted_stream.hpp"
#include "sluice/actors/testing/internal/workings.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/make_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <algorithm>
#include <deque>
#include <random>
#include <stdexcept>
#include <utility>

namespace sluice::testing {

namespace {

struct system_config : caf::actor_system_config {
  system_config() {
    set("scheduler.policy", caf::atom("testing"));
    sluice::add_message_types(*this);
  }
};

/// Routes whose handlers all run on the simulation's thread.
class tame_dispatcher final : public dispatcher {
public:
  explicit tame_dispatcher(const dispatcher& routes) : routes_{routes} {}

  [[nodiscard]] dispatch find(request& head, bool asks_for_web_socket) const override {
    auto found = routes_.find(head, asks_for_web_socket);
    if (found.target == nullptr || found.target->where != placement::detached)
      return found;
    // Kept: a handler refers to its endpoint for as long as it lives.
    for (const auto& [original, tamed] : tamed_)
      if (original == found.target)
        return {&tamed, {}};
    tamed_.emplace_back(found.target, *found.target);
    tamed_.back().second.where = placement::pooled;
    return {&tamed_.back().second, {}};
  }
  [[nodiscard]] route_extremes extremes() const override { return routes_.extremes(); }

private:
  const dispatcher& routes_;
  mutable std::deque<std::pair<const endpoint*, endpoint>> tamed_;
};

/// A client and the connection that serves it.
struct guest {
  explicit guest(std::shared_ptr<scripted_stream> from) : stream{from}, client{std::move(from)} {}

  std::shared_ptr<scripted_stream> stream;
  scripted_client client;
  caf::strong_actor_ptr self; ///< null once the connection's actor has ended
  caf::actor_id id = 0;
};

} // namespace

struct simulation::parts final : journal, handler_observer {
  /// Who owns a connection: there is one for each, which knows its guest.
  struct owner final : connection_owner {
    owner(parts& all, guest& of) : whole{all}, who{of} {}
    void on_socket_closed() override { who.client.is_open_ = false; }
    void on_connection_ended(socket_actor& which) override {
      whole.context->connections.remove(which);
      who.client.is_served_ = false;
      who.self = nullptr;
    }
    parts& whole;
    guest& who;
  };

  parts(const dispatcher& given, const simulation_options& how, const workings& inside)
    : carry{inside.carry},
      limits{with_room_for_messages(how.limits, given.extremes())},
      seed{how.seed},
      trusts_clients{how.trusts_clients},
      original{given},
      routes{given},
      random{how.seed} {
    system.await_actors_before_shutdown(false);
    loop = event_loop::make(system, time, limits.chunk_size);
    context.reset(new loop_context{system,
                                   *loop,
                                   limits,
                                   routes,
                                   *this,
                                   count,
                                   inside.greet != nullptr ? inside.greet : &http1_connection::make,
                                   {},
                                   this});
    loop->turn(); // this thread is the loop's from now on
    original.start(system);
  }

  scripted_client& connect() {
    auto& who = guests.emplace_back(std::make_shared<scripted_stream>());
    auto& held_by = owners.emplace_back(*this, who);
    caf::actor_config plain{loop.get()};
    std::unique_ptr<transport> stream = std::make_unique<scripted_transport>(who.stream);
    if (carry)
      stream = carry(std::move(stream));
    who.self = caf::make_actor<socket_actor, caf::strong_actor_ptr>(
      system.next_actor_id(), system.node(), &system, plain, *context,
      static_cast<connection_owner&>(held_by), std::move(stream),
      "client " + std::to_string(guests.size()));
    context->connections.reserve_one();
    context->connections.add(who.self);
    who.id = who.self->id();
    who.client.is_served_ = true;
    if (trusts_clients)
      connection_of(who)->trust_peer();
    who.client.is_open_ = connection_of(who)->open();
    return who.client;
  }

  [[nodiscard]] static socket_actor* connection_of(const guest& who) noexcept {
    return who.self ? static_cast<socket_actor*>(who.self->get()) : nullptr;
  }

  template <class Call>
  void for_each_connection(Call call) {
    for (auto& who : guests)
      if (auto* connection = connection_of(who))
        call(*connection);
  }

  bool step() {
    if (seed == 0)
      return tell_one() || loop->step([](std::size_t) { return std::size_t{0}; }) || run_pool(0);
    // Three who may go on: each has its chance, the others follow if it has nothing to do.
    const auto first = random() % 3;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const auto which = (first + i) % 3;
      const auto choose = [this](std::size_t waiting) { return random() % waiting; };
      if ((which == 0 && tell_one()) || (which == 1 && loop->step(choose))
          || (which == 2 && run_pool(pool.jobs.empty() ? 0 : random() % pool.jobs.size())))
        return true;
    }
    return false;
  }

  /// Lets a kernel tell what has become ready.
  bool tell_one() {
    const auto start = seed == 0 || guests.empty() ? 0 : random() % guests.size();
    for (std::size_t i = 0; i < guests.size(); ++i)
      if (guests[(start + i) % guests.size()].stream->tell())
        return true;
    return false;
  }

  bool run_pool(std::size_t chosen) {
    if (pool.jobs.empty())
      return false;
    std::swap(pool.jobs.front(), pool.jobs[chosen]);
    return pool.try_run_once();
  }

  // -- journal
  void access(const access_record& record) override {
    accesses.push_back({std::string{record.target}, record.status, std::string{record.outcome},
                        std::string{record.request_id}});
  }
  void report(severity, std::string_view text) override { reports.emplace_back(text); }
  [[nodiscard]] bool wants_access() const noexcept override { return true; }

  // -- handler_observer
  [[nodiscard]] handler_view& view(caf::actor_id connection) {
    for (auto& who : guests)
      if (who.id == connection)
        return who.client.handler_;
    throw std::logic_error{"a handler of a connection that is not there"};
  }
  void on_started(caf::actor_id of) override { ++view(of).started; }
  void on_delivered(caf::actor_id of, std::string_view content, delivery_kind) override {
    view(of).delivered.emplace_back(content);
    view(of).is_stalled = true;
  }
  void on_acknowledged(caf::actor_id of) override {
    ++view(of).acknowledged;
    view(of).is_stalled = false;
  }
  void on_ignored(caf::actor_id of) override { ++view(of).ignored; }
  void on_cancelled(caf::actor_id of, cancel_reason reason) override {
    view(of).cancelled = reason;
  }
  void on_killed(caf::actor_id of) override { view(of).was_killed = true; }
  void on_refused(caf::actor_id of, refusal why) override { view(of).refused.push_back(why); }
  void on_ended(caf::actor_id of, const caf::error& why, bool frees_slot) override {
    ++view(of).ended;
    if (frees_slot)
      view(of).is_stalled = false;
    if (why)
      view(of).failure = system.render(why);
  }

  void on_failed(caf::actor_id of, std::string_view what) override {
    view(of).failures.emplace_back(what);
  }

  const decltype(workings::carry) carry;
  const settings limits;
  const std::uint64_t seed;
  const bool trusts_clients;
  const dispatcher& original;
  tame_dispatcher routes;
  std::mt19937_64 random;
  driven_time time;
  counters count;
  std::vector<access_line> accesses;
  std::vector<std::string> reports;
  system_config options;
  caf::actor_system system{options};
  caf::scheduler::test_coordinator& pool = dynamic_cast<caf::scheduler::test_coordinator&>(
    system.scheduler());
  std::unique_ptr<event_loop> loop;
  std::unique_ptr<loop_context> context;
  std::deque<guest> guests;
  std::deque<owner> owners;
};

simulation::simulation(const dispatcher& routes, const simulation_options& how)
  : simulation{routes, how, {}} {}

simulation::simulation(const dispatcher& routes, const simulation_options& how,
                       const workings& inside)
  : parts_{std::make_unique<parts>(routes, how, inside)} {}

simulation::~simulation() {
  parts_->for_each_connection([](socket_actor& each) { each.drop(cancel_reason::draining); });
  run();
  parts_->for_each_connection([](socket_actor& each) { each.kill_handlers(); });
  run();
  try {
    parts_->original.stop();
  } catch (const std::exception& failure) { // as a server: it is logged, and the stop goes on
    parts_->reports.emplace_back(failure.what());
  }
  run();
}

scripted_client& simulation::connect() {
  return parts_->connect();
}

void simulation::run() {
  while (step()) {}
}

bool simulation::step() {
  parts_->loop->note_busy();
  const auto has_worked = parts_->step();
  parts_->loop->note_idle();
  return has_worked;
}

void simulation::advance(duration by) {
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

void simulation::stop() {
  parts_->for_each_connection([](socket_actor& each) { each.drain(); });
}

const counters& simulation::count() const noexcept {
  return parts_->count;
}

std::size_t simulation::handlers_alive() const noexcept {
  return static_cast<std::size_t>(parts_->count.handlers_running.load());
}

std::size_t simulation::actors_alive() const {
  return parts_->system.registry().running();
}

const std::vector<access_line>& simulation::accesses() const noexcept {
  return parts_->accesses;
}

const std::vector<std::string>& simulation::reports() const noexcept {
  return parts_->reports;
}

std::uint64_t simulation::seed() const noexcept {
  return parts_->seed;
}

caf::actor_system& simulation::system() noexcept {
  return parts_->system;
}

loop_context& simulation::inside() noexcept {
  return *parts_->context;
}

driven_time& simulation::clock() noexcept {
  return parts_->time;
}

} // namespace sluice::testing
