#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// One field line. Views live as long as the `fields` they came from stays unchanged.
struct field {
  std::string_view name;
  std::string_view value;
  friend bool operator==(const field&, const field&) = default;
};

/// A header or trailer section: field lines in order, names compared without regard to case.
/// Stored in one run of octets, so that a section costs two allocations. Source: RFC 9110 sec. 5
class fields {
public:
  fields() noexcept = default;
  fields(std::initializer_list<field> lines);

  /// Appends a line; nothing is merged or checked here, the response writer refuses what would
  /// split.
  fields& add(std::string_view name, std::string_view value);
  /// Removes every line called `name`, then appends one.
  fields& set(std::string_view name, std::string_view value);
  /// Removes every line called `name`. @returns how many there were
  std::size_t remove(std::string_view name);
  void clear() noexcept;
  /// Makes room for `lines` lines of `octets` octets together.
  void reserve(std::size_t lines, std::size_t octets);

  /// For a parser that meets the last line in pieces: lengthen its name, then its value.
  /// @pre not empty; a name is whole before its value begins
  void extend_name(std::string_view piece);
  void extend_value(std::string_view piece);
  /// Strips trailing whitespace from the last line's value. RFC 9112 sec. 5.1
  void trim_value() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return lines_.size(); }
  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  /// Octets of all names and values.
  [[nodiscard]] std::size_t octets() const noexcept { return octets_.size(); }
  [[nodiscard]] field operator[](std::size_t index) const noexcept;

  /// The value of the first line called `name`.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  /// How many lines are called `name`.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// Every value of `name` as one, joined by ", ". RFC 9110 sec. 5.3
  [[nodiscard]] std::string joined(std::string_view name) const;
  /// Whether a comma-separated list field holds `token`, compared without regard to case.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  class const_iterator {
  public:
    using value_type = field;
    using difference_type = std::ptrdiff_t;
    const_iterator(const fields* owner, std::size_t index) noexcept
      : owner_{owner}, index_{index} {}
    field operator*() const noexcept { return (*owner_)[index_]; }
    const_iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

  private:
    const fields* owner_;
    std::size_t index_;
  };
  [[nodiscard]] const_iterator begin() const noexcept { return {this, 0}; }
  [[nodiscard]] const_iterator end() const noexcept { return {this, size()}; }

  friend bool operator==(const fields& a, const fields& b) noexcept;

  /// For CAF: a section crosses nodes as its octets and where each line starts.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, fields& x) {
    return f(x.octets_, x.lines_);
  }

private:
  struct line {
    std::uint32_t offset = 0; ///< where the name starts in octets_; the value follows it
    std::uint32_t name = 0;   ///< octets of the name
    std::uint32_t value = 0;  ///< octets of the value
    template <class Inspector>
    friend typename Inspector::result_type inspect(Inspector& f, line& x) {
      return f(x.offset, x.name, x.value);
    }
  };
  std::string octets_;
  std::vector<line> lines_;
};

/// Compares ASCII text without regard to case, as field names and tokens are.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Whether `text` is a token. RFC 9110 sec. 5.6.2
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` may stand as a field value: no CR, LF, NUL or other control but HTAB. RFC 9110
/// sec. 5.5
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

} // namespace sluice
