#pragma once

#include <caf/type_erased_tuple.hpp>
#include <caf/type_nr.hpp>

#include <cstdint>
#include <typeinfo>

namespace sluice {

/// The type of a message that has one element: asked once, and then compared with one type after
/// another. (type_erased_tuple::match_elements asks anew for each.)
class message_type {
public:
  explicit message_type(const caf::type_erased_tuple& content) noexcept {
    if (content.size() != 1)
      return;
    const auto rtti = content.type(0);
    number_ = rtti.first;
    info_ = rtti.second;
    is_single_ = true;
  }

  template <class T>
  [[nodiscard]] bool is() const noexcept {
    constexpr std::uint16_t number = caf::type_nr<T>::value; // of CAF's own types; else zero
    if (!is_single_ || number_ != number)
      return false;
    return number != 0 || info_ == &typeid(T) || *info_ == typeid(T);
  }

private:
  bool is_single_ = false;
  std::uint16_t number_ = 0;
  const std::type_info* info_ = nullptr; ///< set where number_ is zero
};

} // namespace sluice
