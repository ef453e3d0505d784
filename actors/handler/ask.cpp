#include "sluice/actors/handler/ask.hpp"

#include <caf/deep_to_string.hpp>

namespace sluice {

request_failed::request_failed(caf::error why)
  : std::runtime_error{"a request to another actor failed: " + caf::to_string(why)},
    why_{std::move(why)} {}

} // namespace sluice
