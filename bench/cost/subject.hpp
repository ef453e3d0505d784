#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What parsers cost for each octet of the worst that a peer can send.
namespace bench {

struct subject {
  std::string name;
  std::size_t most; ///< instructions an octet, about twice what it was when this was written
  std::function<std::string(std::size_t octets)> make; ///< not measured
  std::function<void(std::string_view input)> work;
  std::size_t octets = 16 * 1024; ///< of the smaller of two inputs
};

using subjects = std::vector<subject>;

[[nodiscard]] subjects requests();
[[nodiscard]] subjects values();
[[nodiscard]] subjects multipart();
[[nodiscard]] subjects sessions();
[[nodiscard]] subjects routes();

/// What an input that is refused, and so costs nothing, ends in.
inline void expect(bool holds) {
  if (!holds)
    throw std::logic_error{"it does not do what is to be measured"};
}

/// `front`, as many of `piece` as there is room for in `octets`, `back`.
inline std::string repeated(std::size_t octets, std::string_view piece, std::string_view front = {},
                            std::string_view back = {}) {
  std::string text{front};
  while (text.size() + back.size() < octets)
    text += piece;
  return text += back;
}

/// The same, with pieces that `piece_of` makes of their number.
template <class PieceOf>
std::string numbered(std::size_t octets, PieceOf piece_of, std::string_view front = {},
                     std::string_view back = {}) {
  std::string text{front};
  for (std::size_t i = 0; text.size() + back.size() < octets; ++i)
    text += piece_of(i);
  return text += back;
}

} // namespace bench
