#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/message_id.hpp>

namespace sluice {

/// Who asked the connection for something, and what the answer is to name.
struct asker {
  caf::strong_actor_ptr who; ///< null: nobody waits for an answer
  caf::message_id id;
};

} // namespace sluice
