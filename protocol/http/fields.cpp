#include "sluice/protocol/http/fields.hpp"

#include "sluice/protocol/http/internal/text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <limits>

namespace sluice {

namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (char c = '0'; c <= '9'; ++c)
    table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c)
    table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c)
    table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view{"!#$%&'*+-.^_`|~"})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr auto token_table = make_token_table();

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool is_whitespace(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// Whether one of the octets of `word` is below 0x20, or 0x7f; may also say so of others.
constexpr bool has_control(std::uint64_t word) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t high = 0x8080808080808080;
  const auto low = (word - ones * 0x20) & ~word; // the high bit is set where an octet is below 0x20
  const auto del = word ^ (ones * 0x7f);
  return ((low | ((del - ones) & ~del)) & high) != 0;
}

bool list_holds(std::string_view list, std::string_view token) noexcept {
  while (true) {
    const auto comma = list.find(',');
    if (equals_ignoring_case(http::internal::trimmed(list.substr(0, comma)), token))
      return true;
    if (comma == std::string_view::npos)
      return false;
    list.remove_prefix(comma + 1);
  }
}

} // namespace

fields::fields(std::initializer_list<field> lines) {
  for (const auto& [name, value] : lines)
    add(name, value);
}

fields& fields::add(std::string_view name, std::string_view value) {
  const line_sizes sizes{static_cast<std::uint32_t>(name.size()),
                         static_cast<std::uint32_t>(value.size())};
  const auto offset = octets_.size();
  assert(offset + sizes.all() <= std::numeric_limits<std::uint32_t>::max());
  if (sizes.all() > octets_.capacity() - offset && !empty())
    return add_growing(name, value);
  auto* const at = octets_.add(sizes.all());
  last_ = static_cast<std::uint32_t>(offset);
  ++count_;
  std::memcpy(at, &sizes, sizeof sizes);
  std::copy_n(name.data(), name.size(), at + sizeof sizes);
  std::copy_n(value.data(), value.size(), at + sizeof sizes + name.size());
  return *this;
}

// `name` and `value` may view this very section: its old octets must outlive the copy.
fields& fields::add_growing(std::string_view name, std::string_view value) {
  const auto needed = octets_.size() + sizeof(line_sizes) + name.size() + value.size();
  internal::octet_run grown;
  grown.reserve(std::max(needed, 2 * octets_.capacity()));
  grown.append(octets_.text());
  const auto old = std::exchange(octets_, std::move(grown));
  return add(name, value);
}

fields& fields::set(std::string_view name, std::string_view value) {
  // Built aside for the same reason.
  fields replaced;
  replaced.reserve(size() + 1, octets_.size() + name.size() + value.size());
  for (const auto entry : *this)
    if (!equals_ignoring_case(entry.name, name))
      replaced.add(entry.name, entry.value);
  replaced.add(name, value);
  *this = std::move(replaced);
  return *this;
}

std::size_t fields::remove(std::string_view name) {
  const auto found = count(name);
  if (found == 0)
    return 0;
  fields rest;
  rest.reserve(size() - found, octets_.size());
  for (const auto entry : *this)
    if (!equals_ignoring_case(entry.name, name))
      rest.add(entry.name, entry.value);
  *this = std::move(rest);
  return found;
}

void fields::clear() noexcept {
  octets_.clear();
  count_ = 0;
  last_ = 0;
}

void fields::reserve(std::size_t lines, std::size_t octets) {
  octets_.reserve(octets + lines * sizeof(line_sizes));
}

void fields::extend_name(std::string_view piece) {
  assert(!empty() && last().value == 0);
  octets_.append(piece);
  auto sizes = last();
  sizes.name += static_cast<std::uint32_t>(piece.size());
  set_last(sizes);
}

void fields::extend_value(std::string_view piece) {
  assert(!empty());
  octets_.append(piece);
  auto sizes = last();
  sizes.value += static_cast<std::uint32_t>(piece.size());
  set_last(sizes);
}

void fields::trim_value() noexcept {
  assert(!empty());
  auto sizes = last();
  while (sizes.value > 0 && is_whitespace(octets_.text().back())) {
    octets_.drop_last();
    --sizes.value;
  }
  set_last(sizes);
}

field fields::operator[](std::size_t index) const noexcept {
  assert(index < size());
  auto at = begin();
  for (; index > 0; --index)
    ++at;
  return *at;
}

std::optional<std::string_view> fields::find(std::string_view name) const noexcept {
  for (const auto entry : *this)
    if (equals_ignoring_case(entry.name, name))
      return entry.value;
  return std::nullopt;
}

bool fields::contains(std::string_view name) const noexcept {
  return find(name).has_value();
}

std::size_t fields::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (const auto entry : *this)
    if (equals_ignoring_case(entry.name, name))
      ++found;
  return found;
}

std::string fields::joined(std::string_view name) const {
  std::string all;
  bool first = true;
  for (const auto entry : *this) {
    if (!equals_ignoring_case(entry.name, name))
      continue;
    if (!first)
      all += ", ";
    all += entry.value;
    first = false;
  }
  return all;
}

bool fields::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const auto entry : *this)
    if (equals_ignoring_case(entry.name, name) && list_holds(entry.value, token))
      return true;
  return false;
}

bool operator==(const fields& a, const fields& b) noexcept {
  if (a.size() != b.size())
    return false;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y)
    if (!equals_ignoring_case((*x).name, (*y).name) || (*x).value != (*y).value)
      return false;
  return true;
}

bool internal::has_equal_letters(const char* a, const char* b, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
      return false;
  return true;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_table[static_cast<unsigned char>(c)];
  });
}

bool is_field_value(std::string_view text) noexcept {
  constexpr auto may_stand = [](char c) noexcept {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
  };
  // Eight octets at a time, as long as none of them is a control character.
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if (has_control(word))
      break;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), may_stand);
}

} // namespace sluice
