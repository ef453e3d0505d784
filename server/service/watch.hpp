#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/server/service/server_view.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class journal;

/// Looks at a server from outside, now and then, and tells its log what those it happens to can't:
/// that an event loop is held up, and by whom; how many connections and requests are refused, the
/// first at once, further ones as a line a second. Confined to one thread.
class watch {
public:
  /// The pause between two lines about the same.
  static constexpr std::chrono::seconds pause{1};

  /// Both outlive it.
  watch(server_view& what, journal& log);

  /// How long to wait between two looks.
  [[nodiscard]] duration interval() const noexcept;
  void look(time_point now);

private:
  /// How far an event loop was told of.
  struct hold {
    std::optional<time_point> since; ///< nothing: it is not held up
    time_point seen{};               ///< up to when it was counted
    time_point next_line{};
    std::string by; ///< whose code it ran when it was seen last; empty: nobody's
  };
  /// What is counted, and how far it was told.
  struct tale {
    figure<std::uint64_t> counters::*what;
    std::string_view one;  ///< of one of them
    std::string_view many; ///< of several, behind their number
    std::uint64_t told = 0;
    time_point next_line{};
  };

  void look_at(std::size_t which, time_point now);
  void end(std::size_t which);
  void tell(tale& which, const counters& count, time_point now);
  [[nodiscard]] std::string name_of(std::size_t which) const;

  server_view& what_;
  journal& log_;
  std::vector<hold> holds_;
  std::array<tale, 5> tales_;
};

} // namespace sluice
