// The body of a coroutine handler of a request.
#include <sluice/actors.hpp>
#include <sluice/json.hpp>
#include <sluice/multipart.hpp>
#include <sluice/sluice.hpp>

#include <caf/actor.hpp>
#include <caf/atom.hpp>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

struct purchase {
  std::string article;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(purchase, article)

using get_atom = caf::atom_constant<caf::atom("get")>;

sluice::task store(sluice::octets piece); // somebody's: takes its time

sluice::task handle(sluice::exchange& http, caf::actor counter);
sluice::task handle(sluice::exchange& http, caf::actor counter) {
  // BLOCK
  co_return;
}
