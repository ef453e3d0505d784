#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// `text` as it may go to a terminal: octets outside of printable ASCII are written as \xNN. What a
/// client has sent is thus no command to the terminal of whoever looks.
[[nodiscard]] std::string printable(std::string_view text);

/// The first columns of `text`; a '+' in the last one says that there is more.
/// @pre `text` is printable ASCII, here and below
[[nodiscard]] std::string shorten(std::string_view text, std::size_t columns);

/// Breaks `text` at blanks, so that no line is wider than `columns`. A word that is wider is broken
/// as well. Nothing comes of an empty text, or of no columns.
[[nodiscard]] std::vector<std::string> wrap_words(std::string_view text, std::size_t columns);

} // namespace sluice
