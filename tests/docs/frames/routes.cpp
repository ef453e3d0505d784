// What a program says to its router.
#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>

#include <chrono>
#include <optional>

using namespace std::chrono_literals;

sluice::response show(const sluice::request&);
sluice::task receive(sluice::exchange&);
sluice::task chat(sluice::web_socket&);
std::optional<sluice::response> require_key(const sluice::request&);

void add(sluice::router& routes);
void add(sluice::router& routes) {
  // BLOCK
}
