#pragma once

#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>

namespace sluice {

/// Answers for an actor that will not see `element`: a request gets `request_receiver_down`, or
/// `why` if that is an error; anything else is dropped.
inline void bounce_element(const caf::mailbox_element& element, const caf::error& why = {}) {
  caf::detail::sync_request_bouncer{why}(element);
}

} // namespace sluice
