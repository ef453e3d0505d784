#include <sluice/sluice.hpp>

sluice::task upload(sluice::exchange& http) {
  co_await http.respond(sluice::status::ok);
}

void add_to(sluice::router& routes) {
  routes.web_socket("/", upload);
}
