// The body of a coroutine handler of a WebSocket.
#include <sluice/actors.hpp>
#include <sluice/json.hpp>
#include <sluice/sluice.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

sluice::task handle(sluice::web_socket& socket);
sluice::task handle(sluice::web_socket& socket) {
  // BLOCK
  co_return;
}
