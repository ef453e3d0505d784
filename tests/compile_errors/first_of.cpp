#include <sluice/sluice.hpp>

sluice::task part(sluice::exchange& http) {
  co_await http.respond(sluice::status::ok);
}

sluice::task both(sluice::exchange& http) {
  co_await sluice::first_of(part(http), http.content().next());
}
