#include "sluice/actors/connection/acceptor.hpp"

#include "sluice/actors/connection/flight_recorder.hpp"
#include "sluice/actors/net/peer_list.hpp"
#include "sluice/actors/observe/counters.hpp"
#include "sluice/actors/observe/journal.hpp"

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <new>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr int accepts_per_turn = 64;
constexpr auto retry_interval = std::chrono::milliseconds{20}; ///< for a descriptor
/// For room, of which the quota tells; only want of memory can keep it from that.
constexpr auto room_interval = std::chrono::seconds{1};
/// What a handshake that was under way at a stop may take.
constexpr auto handshake_time = std::chrono::milliseconds{100};

std::string text_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (peer.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(peer);
    ::inet_ntop(AF_INET, &four.sin_addr, buffer.data(), buffer.size());
    return std::string{buffer.data()} + ':' + std::to_string(ntohs(four.sin_port));
  }
  if (peer.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(peer);
    ::inet_ntop(AF_INET6, &six.sin6_addr, buffer.data(), buffer.size());
    return '[' + std::string{buffer.data()} + "]:" + std::to_string(ntohs(six.sin6_port));
  }
  return "unix";
}

int open_spare() noexcept {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

} // namespace

acceptor::acceptor(loop_context& context, connection_quota& quota, memory_budget& budget,
                   listener from)
  : context_{context},
    quota_{quota},
    budget_{budget},
    refusals_{context},
    listener_{std::move(from)},
    spare_{open_spare()} {
  if (spare_ < 0)
    quota_.on_spare_given_up();
}

acceptor::~acceptor() {
  quota_.stop_waiting(*this);
  if (spare_ >= 0)
    ::close(spare_);
  else
    quota_.on_spare_regained();
}

void acceptor::open() {
  state_ = state::accepting;
  // Loops that share one Unix socket are not all woken for one connection.
  if (const auto error = context_.loop.watch(listener_.descriptor(), interest::shared_input, *this))
    context_.log.report(severity::error, "can't watch the listening socket: " + error.message());
}

void acceptor::on_ready(readiness) {
  for (auto i = 0; i < accepts_per_turn && state_ == state::accepting; ++i)
    switch (const auto result = accept_one()) {
      case outcome::taken: break;
      case outcome::none_left: return;
      case outcome::full:
      case outcome::exhausted: return pause(result);
    }
}

acceptor::outcome acceptor::accept_one() {
  if (!quota_.take())
    return outcome::full;
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const auto descriptor = ::accept4(listener_.descriptor(), reinterpret_cast<sockaddr*>(&peer),
                                    &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0 && quota_.is_spare_missing()) {
    // It may be the one that another acceptor gave up.
    quota_.give_back();
    turn_away::refuse_at_once(descriptor);
    return outcome::exhausted;
  }
  if (descriptor >= 0) {
    listener_.prepare(descriptor, context_.limits);
    if (budget_.take())
      return start_connection(descriptor, peer);
    quota_.give_back();
    context_.count.connections_refused.add();
    if (state_ == state::drained) // nobody is listened to any longer
      turn_away::refuse_at_once(descriptor);
    else
      refusals_.refuse(descriptor);
    return outcome::taken;
  }
  const auto error = errno;
  quota_.give_back();
  if (error == EAGAIN || error == EWOULDBLOCK)
    return outcome::none_left;
  if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
    context_.count.accepts_failed.fetch_add(1);
    refuse_one();
    return outcome::exhausted;
  }
  return outcome::taken; // a connection that died in the queue; the next may live
}

acceptor::outcome acceptor::start_connection(int descriptor, const sockaddr_storage& peer) {
  socket_actor* connection = nullptr;
  auto is_owned = false;
  try {
    auto stream = listener_.stream_of(descriptor);
    is_owned = true;
    // Its place first: an actor that is dropped unused needs memory for that, or ends the process.
    context_.connections.reserve_one();
    const auto id = context_.system.next_actor_id();
    if (context_.recorder != nullptr)
      stream = context_.recorder->record(std::move(stream), id, text_of(peer));
    caf::actor_config config{&context_.loop};
    auto actor = caf::make_actor<socket_actor, caf::strong_actor_ptr>(
      id, context_.system.node(), &context_.system, config, context_,
      static_cast<connection_owner&>(*this), std::move(stream), text_of(peer));
    connection = static_cast<socket_actor*>(actor->get());
    if (context_.trusted != nullptr && context_.trusted->contains(peer))
      connection->trust_peer();
    context_.connections.add(std::move(actor));
  } catch (const std::bad_alloc&) {
    if (!is_owned)
      ::close(descriptor);
    budget_.give_back();
    quota_.give_back();
    context_.count.accepts_failed.fetch_add(1);
    return outcome::exhausted;
  }
  context_.count.connections_accepted.add();
  context_.count.connections_open.add();
  if (!connection->open()) {
    on_socket_closed();
    on_connection_ended(*connection);
  }
  return outcome::taken;
}

// Without a descriptor or room for one more, the spare descriptor lets a client be told so instead
// of waiting unheard (S57). @returns whether one was told
bool acceptor::refuse_one() {
  if (spare_ < 0)
    return false;
  quota_.on_spare_given_up(); // before it can be taken
  ::close(std::exchange(spare_, -1));
  const auto descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr,
                                    SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0)
    turn_away::refuse_at_once(descriptor);
  regain_spare();
  return descriptor >= 0;
}

void acceptor::regain_spare() noexcept {
  spare_ = open_spare();
  if (spare_ >= 0)
    quota_.on_spare_regained();
}

void acceptor::pause(outcome why) {
  const auto interval = why == outcome::full ? duration{room_interval} : retry_interval;
  context_.loop.timers().arm(*this, context_.loop.now() + interval);
  try {
    if (why == outcome::full)
      quota_.wait_for_room(*this);
  } catch (const std::bad_alloc&) {} // its timer looks again
  state_ = state::paused;
  if (why == outcome::full)
    context_.count.accepts_paused.add();
  context_.loop.unwatch(listener_.descriptor(), *this);
}

void acceptor::on_due(time_point) {
  if (state_ == state::drained)
    return close();
  if (state_ != state::paused)
    return;
  if (spare_ < 0)
    regain_spare();
  if (spare_ >= 0)
    return go_on();
  // There is still no descriptor at all, not even to refuse with.
  context_.loop.timers().arm(*this, context_.loop.now() + retry_interval);
}

// A connection of another loop may have ended.
void acceptor::on_room() noexcept {
  try {
    post_call(context_.loop, [this] { go_on(); });
  } catch (const std::bad_alloc&) {} // its timer looks again
}

void acceptor::go_on() {
  if (state_ == state::paused) {
    quota_.stop_waiting(*this);
    context_.loop.timers().disarm(*this);
    open();
    on_ready(readiness::readable);
  }
  quota_.pass_on(); // what is left of the room
}

void acceptor::turn_off() const noexcept {
  if (!listener_.is_given())
    listener_.turn_off();
}

void acceptor::drain() {
  if (state_ == state::drained)
    return;
  if (state_ == state::accepting)
    context_.loop.unwatch(listener_.descriptor(), *this);
  const auto was_open = std::exchange(state_, state::drained) != state::closed;
  quota_.stop_waiting(*this);
  context_.loop.timers().disarm(*this);
  if (was_open && !listener_.is_given()) {
    take_what_waits();
    close_later();
  } else {
    listener_.close();
  }
  refusals_.close_all();
  context_.connections.for_each([](socket_actor& connection) { connection.drain(); });
}

// As many as the kernel keeps: those that come meanwhile could go on for ever.
void acceptor::take_what_waits() {
  for (auto i = 0; i < listener::backlog; ++i) {
    const auto result = accept_one();
    if (result == outcome::none_left || (result != outcome::taken && !refuse_one()))
      return;
  }
}

// Whose handshake was under way when the socket was turned off would be reset.
void acceptor::close_later() noexcept {
  context_.loop.timers().arm(*this, context_.loop.now() + handshake_time);
}

void acceptor::close() noexcept {
  if (!listener_.is_open())
    return;
  if (!listener_.is_given())
    refuse_what_waits();
  listener_.close();
}

void acceptor::refuse_what_waits() noexcept {
  for (auto i = 0; i < listener::backlog; ++i) {
    const auto descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr,
                                      SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0)
      return;
    context_.count.connections_late.add();
    turn_away::refuse_at_once(descriptor);
  }
}

void acceptor::drop_all() {
  context_.connections.for_each(
    [](socket_actor& connection) { connection.drop(cancel_reason::draining); });
}

void acceptor::kill_handlers() {
  context_.connections.for_each([](socket_actor& connection) { connection.kill_handlers(); });
}

void acceptor::on_socket_closed() {
  context_.count.connections_open.add(-1);
}

// Until here a handler may have held what the connection gave it.
void acceptor::on_connection_ended(socket_actor& which) {
  budget_.give_back();
  quota_.give_back(); // the last: who waits for room may look at the budget at once
  context_.connections.remove(which);
}

} // namespace sluice
