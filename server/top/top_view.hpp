#pragma once

#include "sluice/actors/connection/stall.hpp"
#include "sluice/server/top/stall_picture.hpp"
#include "sluice/server/top/stall_table.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// What was pressed.
struct top_key {
  enum class kind : std::uint8_t {
    character,
    enter,
    backspace,
    escape,
    up,
    down,
    page_up,
    page_down,
    home,
    end,
    other
  };
  kind what = kind::other;
  char character = 0; ///< of a character
};

/// What `sluice top` shows, and what its keys do: without a terminal, a server or a clock.
class top_view {
public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class action : std::uint8_t {
    none,
    ask,      ///< at once: what was asked before is of no use any more
    ask_next, ///< as soon as what was asked before is answered
    quit
  };

  /// `fixed_rows`: how many stalls are asked for; nothing: as many as fit, and those about them.
  top_view(stall_query question, std::optional<std::size_t> fixed_rows);

  /// @returns what is to be done at once
  [[nodiscard]] action on_key(top_key key);
  void on_picture(stall_picture picture, time_point now);
  /// The server could not be asked: the last picture stays.
  void on_failure(std::string why, time_point now);

  /// What to ask for next.
  [[nodiscard]] stall_query question() const;
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }
  /// Whether a line is being typed: it ends with the cursor.
  [[nodiscard]] bool is_typing() const noexcept { return typed_.has_value(); }
  /// As many lines as there are `rows`; the last one says how things are.
  [[nodiscard]] stall_table draw(std::size_t columns, std::size_t rows, time_point now);

private:
  action on_command(char key);
  action on_typed(top_key key);
  action await(party whom);
  action change(stall_query::order by);
  action anew();
  action scroll_to(std::size_t first);
  action scroll(top_key::kind key);
  [[nodiscard]] std::size_t most_rows() const noexcept;
  [[nodiscard]] std::size_t last_first() const noexcept;
  [[nodiscard]] std::string last_line(time_point now) const;

  stall_query question_;
  std::optional<std::size_t> fixed_rows_;
  std::optional<stall_picture> picture_;
  stall_query shown_; ///< the question that the picture answers
  time_point seen_at_{};
  std::optional<traffic_rates> rates_;
  std::string failure_; ///< empty: the last question was answered
  time_point failing_since_{};
  std::size_t first_ = 0; ///< of the stalls that are shown
  std::size_t page_ = 20; ///< stalls that fit
  bool is_paused_ = false;
  bool has_help_ = false;
  std::optional<std::string> typed_; ///< the route that is being typed
};

} // namespace sluice
