// A chat: every WebSocket is an actor, and so is the room that they meet in. A member whose network
// is slow misses the oldest lines; it holds up nobody, and nobody's memory grows.
//
//   ./example_chat --port 8080
//   then in two browser consoles: new WebSocket('ws://localhost:8080/chat/ada')

#include "examples/chat/chat.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace {

using join = caf::atom_constant<caf::atom("join")>;
using say = caf::atom_constant<caf::atom("say")>;

struct members {
  std::map<caf::actor, std::string> names;
};

void tell_all(caf::stateful_actor<members>* self, const std::string& line) {
  const sluice::octets text{std::string_view{line}}; // one copy, whatever the number of members
  for (const auto& [member, name] : self->state.names)
    self->send(member, sluice::send_message{{sluice::message_kind::text, text}});
}

/// The room. A member's actor is the one that its coroutine runs in.
caf::behavior chat_room(caf::stateful_actor<members>* self, const std::string& title) {
  self->set_down_handler([self](const caf::down_msg& gone) {
    const auto member = self->state.names.find(caf::actor_cast<caf::actor>(gone.source));
    if (member == self->state.names.end())
      return;
    const auto name = member->second;
    self->state.names.erase(member);
    tell_all(self, name + " has left");
  });
  return {
    [self, title](join, const caf::actor& member, const std::string& name) {
      self->monitor(member);
      self->state.names.emplace(member, name);
      tell_all(self, name + " has entered " + title);
    },
    [self](say, const std::string& line) { tell_all(self, line); },
  };
}

// What the room sends to a member goes to its client as it comes, by the route's policy. The member
// itself only listens to its client.
sluice::task chat(sluice::web_socket& socket, caf::actor room) {
  using namespace std::chrono_literals;
  const std::string name{socket.param("name")};
  socket.self().send(room, join::value, caf::actor{&socket.self()}, name);
  while (const auto message = co_await socket.next()) {
    socket.self().send(room, say::value, name + ": " + std::string{message->text()});
    co_await socket.delay(20ms); // who talks faster than that is not read from
  }
}

} // namespace

sluice::router chat_routes() {
  const auto room = std::make_shared<caf::actor>();
  sluice::router routes;
  routes
    .on_start([room](caf::actor_system& system) {
      *room = system.spawn(chat_room, std::string{"the pond"});
    })
    .on_stop([room] {
      caf::anon_send_exit(*room, caf::exit_reason::user_shutdown);
      *room = nullptr;
    });
  routes
    .web_socket("/chat/{name}", [room](sluice::web_socket& socket) { return chat(socket, *room); })
    .message_limit(4096)
    .on_slow_consumer(sluice::slow_consumer::drop_oldest, 64);
  return routes;
}
