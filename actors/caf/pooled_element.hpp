#pragma once

#include "sluice/protocol/memory/block_cache.hpp"

#include <caf/detail/tuple_vals.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/type_erased_tuple.hpp>

#include <type_traits>
#include <utility>

namespace sluice::internal {

/// A mailbox element with one value, as caf::make_mailbox_element makes it, but of cached memory:
/// what connections and handlers say to each other.
template <class T>
class pooled_element final : public caf::mailbox_element,
                             public caf::detail::tuple_vals_impl<caf::type_erased_tuple, T>,
                             public cached_blocks {
public:
  pooled_element(caf::strong_actor_ptr from, caf::message_id id, T&& content)
    : caf::mailbox_element{std::move(from), id, {}},
      caf::detail::tuple_vals_impl<caf::type_erased_tuple, T>{std::move(content)} {}

  caf::type_erased_tuple& content() override { return *this; }
  const caf::type_erased_tuple& content() const override { return *this; }
  caf::message move_content_to_message() override {
    return caf::make_message(std::move(std::get<0>(this->data())));
  }
  caf::message copy_content_to_message() const override {
    return caf::make_message(std::get<0>(this->data()));
  }
};

template <class T>
caf::mailbox_element_ptr make_element(caf::strong_actor_ptr from, caf::message_id id, T&& content) {
  static_assert(!std::is_reference_v<T>, "its content moves on");
  return caf::mailbox_element_ptr{
    new pooled_element<T>{std::move(from), id, std::forward<T>(content)}};
}

} // namespace sluice::internal
