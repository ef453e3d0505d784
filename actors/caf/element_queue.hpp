#pragma once

#include <caf/mailbox_element.hpp>

#include <utility>

namespace sluice::internal {

/// Mailbox elements in their order, linked through themselves: to queue one takes no memory.
class element_queue {
public:
  element_queue() noexcept = default;
  element_queue(const element_queue&) = delete;
  element_queue& operator=(const element_queue&) = delete;
  ~element_queue() {
    while (pop()) {}
  }

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  void push(caf::mailbox_element_ptr element) noexcept {
    auto* const added = element.release();
    added->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }

  /// The first, or null.
  [[nodiscard]] caf::mailbox_element_ptr pop() noexcept {
    auto* const taken = static_cast<caf::mailbox_element*>(first_);
    if (taken != nullptr)
      first_ = std::exchange(taken->next, nullptr);
    return caf::mailbox_element_ptr{taken};
  }

private:
  using link = caf::mailbox_element::node_pointer;
  link first_ = nullptr;
  link last_ = nullptr; ///< if there is a first
};

} // namespace sluice::internal
