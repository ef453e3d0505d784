#pragma once

#include "sluice/protocol/memory/block_cache.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <caf/type_erased_tuple.hpp>

#include <utility>

namespace sluice {

/// A message without content: what answers a request that only wants to know that it is done.
class bare_element final : public caf::mailbox_element, public internal::cached_blocks {
public:
  bare_element(caf::strong_actor_ptr from, caf::message_id id)
    : caf::mailbox_element{std::move(from), id, {}} {}

  caf::type_erased_tuple& content() override { return nothing(); }
  const caf::type_erased_tuple& content() const override { return nothing(); }
  caf::message move_content_to_message() override { return {}; }
  caf::message copy_content_to_message() const override { return {}; }

private:
  static caf::type_erased_tuple& nothing() noexcept {
    static caf::empty_type_erased_tuple tuple;
    return tuple;
  }
};

/// Answers the request `id` of `whom`, without content.
inline void answer_bare(const caf::strong_actor_ptr& whom, caf::strong_actor_ptr from,
                        caf::message_id id, caf::execution_unit* unit) {
  whom->enqueue(caf::mailbox_element_ptr{new bare_element{std::move(from), id.response_id()}},
                unit);
}

} // namespace sluice
