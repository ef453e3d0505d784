// A WebSocket handler: sends every message back.
//
//   ./example_echo --port 8080
//   then in a browser's console: new WebSocket('ws://localhost:8080/echo')

#include "examples/echo/echo.hpp"

namespace {

// send() resumes once the message has left, and only the next call of next() lets the client go on.
// A client that does not read its echoes can therefore not send either: nothing piles up here.
sluice::task echo(sluice::web_socket& socket) {
  while (const auto message = co_await socket.next())
    co_await socket.send(*message);
}

} // namespace

sluice::router echo_routes() {
  sluice::router routes;
  routes.web_socket("/echo", echo);
  return routes;
}
