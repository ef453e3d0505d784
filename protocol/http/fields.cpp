#include "protocol/http/fields.hpp"

#include "protocol/http/internal/text.hpp"

#include <algorithm>
#include <array>
#include <cassert>
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
  const auto offset = octets_.size();
  const auto needed = offset + name.size() + value.size();
  assert(needed <= std::numeric_limits<std::uint32_t>::max());
  if (needed <= octets_.capacity()) {
    octets_.append(name).append(value);
  } else {
    // `name` and `value` may view this very section, so the old octets must outlive the copy.
    std::string grown;
    grown.reserve(std::max(needed, 2 * octets_.capacity()));
    grown.append(octets_).append(name).append(value);
    octets_.swap(grown);
  }
  lines_.push_back({static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())});
  return *this;
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
  lines_.clear();
}

void fields::reserve(std::size_t lines, std::size_t octets) {
  lines_.reserve(lines);
  octets_.reserve(octets);
}

void fields::extend_name(std::string_view piece) {
  assert(!lines_.empty() && lines_.back().value == 0);
  octets_.append(piece);
  lines_.back().name += static_cast<std::uint32_t>(piece.size());
}

void fields::extend_value(std::string_view piece) {
  assert(!lines_.empty());
  octets_.append(piece);
  lines_.back().value += static_cast<std::uint32_t>(piece.size());
}

void fields::trim_value() noexcept {
  assert(!lines_.empty());
  while (lines_.back().value > 0 && is_whitespace(octets_.back())) {
    octets_.pop_back();
    --lines_.back().value;
  }
}

field fields::operator[](std::size_t index) const noexcept {
  assert(index < lines_.size());
  const auto& at = lines_[index];
  const std::string_view all{octets_};
  return {all.substr(at.offset, at.name), all.substr(at.offset + at.name, at.value)};
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
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!equals_ignoring_case(a[i].name, b[i].name) || a[i].value != b[i].value)
      return false;
  return true;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size())
    return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i]))
      return false;
  return true;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return token_table[static_cast<unsigned char>(c)];
  });
}

bool is_field_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
  });
}

} // namespace sluice
