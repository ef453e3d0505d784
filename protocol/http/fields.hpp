#pragma once

#include "sluice/protocol/memory/octet_run.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
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
/// Stored in one run of octets, each line behind its sizes, so that a section costs one allocation.
/// Source: RFC 9110 sec. 5
class fields {
public:
  fields() noexcept = default;
  fields(const fields&) = default;
  fields& operator=(const fields&) = default;
  fields(fields&& other) noexcept
    : octets_{std::move(other.octets_)},
      count_{std::exchange(other.count_, 0)},
      last_{std::exchange(other.last_, 0)} {}
  fields& operator=(fields&& other) noexcept {
    octets_ = std::move(other.octets_);
    count_ = std::exchange(other.count_, 0);
    last_ = std::exchange(other.last_, 0);
    other.octets_.clear();
    return *this;
  }
  ~fields() = default;
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

  /// For a parser that meets the last line in pieces: lengthen its name, then its value. Inline, as
  /// is whatever runs for each line of each head.
  /// @pre not empty; a name is whole before its value begins
  void extend_name(std::string_view piece);
  void extend_value(std::string_view piece);
  /// Strips trailing whitespace from the last line's value. RFC 9112 sec. 5.1
  void trim_value() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// Octets of all names and values.
  [[nodiscard]] std::size_t octets() const noexcept {
    return octets_.size() - count_ * sizeof(line_sizes);
  }
  /// The last line. @pre not empty
  [[nodiscard]] field back() const noexcept { return *const_iterator{octets_.data() + last_}; }
  /// @pre index < size(); goes through the lines before it
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
    explicit const_iterator(const char* at) noexcept : at_{at} {}
    field operator*() const noexcept {
      const auto sizes = line_sizes::at(at_);
      const auto* const name = at_ + sizeof sizes;
      return {{name, sizes.name}, {name + sizes.name, sizes.value}};
    }
    const_iterator& operator++() noexcept {
      at_ += line_sizes::at(at_).all();
      return *this;
    }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

  private:
    const char* at_;
  };
  [[nodiscard]] const_iterator begin() const noexcept { return const_iterator{octets_.data()}; }
  [[nodiscard]] const_iterator end() const noexcept {
    return const_iterator{octets_.data() + octets_.size()};
  }

  friend bool operator==(const fields& a, const fields& b) noexcept;
  /// Whether `other` has the same lines, octet by octet.
  [[nodiscard]] bool is_spelled_as(const fields& other) const noexcept {
    return octets_.text() == other.octets_.text();
  }

  /// For CAF: a section crosses nodes line by line.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, fields& x) {
    line_list lines;
    if constexpr (Inspector::reads_state)
      for (const auto [name, value] : x)
        lines.emplace_back(name, value);
    const after_inspection<Inspector> take{x, lines};
    return f(lines);
  }

private:
  /// What stands before the name and the value of a line, which follow it.
  struct line_sizes {
    std::uint32_t name = 0;
    std::uint32_t value = 0;

    [[nodiscard]] static line_sizes at(const char* place) noexcept {
      line_sizes sizes;
      std::memcpy(&sizes, place, sizeof sizes);
      return sizes;
    }
    [[nodiscard]] std::size_t all() const noexcept {
      return sizeof(line_sizes) + std::size_t{name} + value;
    }
  };
  using line_list = std::vector<std::pair<std::string, std::string>>;
  /// Takes over what an inspector has written.
  template <class Inspector>
  struct after_inspection {
    fields& x;
    const line_list& lines;
    ~after_inspection() {
      if constexpr (Inspector::writes_state) {
        x.clear();
        for (const auto& [name, value] : lines)
          x.add(name, value);
      }
    }
  };
  fields& add_growing(std::string_view name, std::string_view value);
  [[nodiscard]] line_sizes last() const noexcept { return line_sizes::at(octets_.data() + last_); }
  void set_last(line_sizes sizes) noexcept {
    std::memcpy(octets_.data() + last_, &sizes, sizeof sizes);
  }

  internal::octet_run octets_;
  std::uint32_t count_ = 0;
  std::uint32_t last_ = 0; ///< where the last line starts, if there is one
};

namespace internal {
/// As equals_ignoring_case, of two texts of `size` octets.
[[nodiscard]] bool has_equal_letters(const char* a, const char* b, std::size_t size) noexcept;
} // namespace internal

/// Compares ASCII text without regard to case, as field names and tokens are.
[[nodiscard]] inline bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && internal::has_equal_letters(a.data(), b.data(), a.size());
}

/// Whether `text` is a token. RFC 9110 sec. 5.6.2
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` may stand as a field value: no CR, LF, NUL or other control but HTAB. RFC 9110
/// sec. 5.5
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

} // namespace sluice
