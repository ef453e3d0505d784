#include "sluice/actors/handler/inbox.hpp"

#include "sluice/actors/handler/coroutine_actor.hpp"

#include <vector>

namespace sluice {

inbox_base::inbox_base(coroutine_actor& self, push_policy policy) : self_{self}, waiting_{policy} {
  self_.add_inbox(*this);
}

inbox_base::~inbox_base() {
  self_.remove_inbox(*this);
  while (auto left = waiting_.pop())
    tell(left->sender, caf::sec::request_receiver_down);
}

void inbox_base::push(bounded_queue<caf::message>::entry next) {
  std::vector<bounded_queue<caf::message>::entry> victims;
  [[maybe_unused]] const auto outcome = waiting_.push(std::move(next), victims);
  for (auto& victim : victims)
    tell(victim.sender, make_error(refusal::output_full));
}

caf::message inbox_base::take() {
  auto first = waiting_.pop();
  tell(first->sender, {});
  return std::move(first->content);
}

} // namespace sluice
