// The body of a coroutine handler of a request.
#include <sluice/actors.hpp>
#include <sluice/json.hpp>
#include <sluice/multipart.hpp>
#include <sluice/sluice.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

sluice::task store(sluice::octets piece); // somebody's: takes its time

sluice::task handle(sluice::exchange& http);
sluice::task handle(sluice::exchange& http) {
  // BLOCK
  co_return;
}
