#include <sluice/sluice.hpp>

int greet(int number) {
  return number;
}

void add_to(sluice::router& routes) {
  routes.get("/", greet);
}
