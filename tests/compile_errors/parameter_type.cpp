#include <sluice/sluice.hpp>

struct color {};

sluice::response show(const sluice::request&) {
  return sluice::text("");
}

void add_to(sluice::router& routes) {
  routes.get("/{name}", show).param<color>("name");
}
