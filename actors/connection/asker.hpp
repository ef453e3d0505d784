#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/message_id.hpp>

namespace sluice {

/// The sender of a request to the connection, and the id that the answer is to name.
struct asker {
  caf::strong_actor_ptr who; ///< null: nobody waits for an answer
  caf::message_id id;
};

} // namespace sluice
