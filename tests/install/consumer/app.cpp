#include <sluice/sluice.hpp>

namespace {

sluice::task echo(sluice::web_socket& socket) {
  while (auto message = co_await socket.next())
    co_await socket.send(*message);
}

} // namespace

extern "C" void sluice_routes(sluice::router& routes) {
  routes.get("/app", [](const sluice::request&) { return sluice::text("from the library"); });
  routes.web_socket("/app/echo", echo);
}
