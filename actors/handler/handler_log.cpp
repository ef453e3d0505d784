#include "sluice/actors/handler/handler_log.hpp"

#include "sluice/actors/handler/handler_actor.hpp"

#include <stdexcept>

namespace sluice {

void handler_log::write(severity level, std::string_view text) const {
  whose_->report(level, text);
}

handler_log log_of(const caf::event_based_actor& handler) {
  const auto* const found = dynamic_cast<const handler_actor*>(&handler);
  if (found == nullptr)
    throw std::logic_error{"log_of: this actor handles no request"};
  return handler_log{*found};
}

} // namespace sluice
