#pragma once

#include "sluice/server/top/top_view.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace sluice {

/// The whole screen of the terminal that standard input and output are, from its construction to
/// its destruction, which leaves the terminal as it was. Signals that end a program meanwhile only
/// end `is_open`. One at a time, before there is another thread; ncurses is here only.
class terminal {
public:
  /// Throws std::runtime_error, with a sentence, where that can't be.
  terminal();
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();

  /// What becomes readable when there is something to do: a key, a signal.
  [[nodiscard]] std::span<const int> descriptors() const noexcept;
  /// Takes what was signalled. @returns false where the program is to end
  [[nodiscard]] bool is_open();
  /// The next key, if one was pressed.
  [[nodiscard]] std::optional<top_key> next_key();
  [[nodiscard]] std::size_t columns() const noexcept;
  [[nodiscard]] std::size_t rows() const noexcept;
  /// Shows `table`, whose last line ends with the cursor if `is_typing`.
  void show(const stall_table& table, bool is_typing);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
