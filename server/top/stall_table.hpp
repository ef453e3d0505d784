#pragma once

#include "sluice/actors/connection/stall.hpp"
#include "sluice/server/top/stall_picture.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What a server did in a second, between two pictures.
struct traffic_rates {
  double requests = 0;
  double received = 0; ///< octets
  double sent = 0;     ///< octets
};

/// Nothing where no time has passed, or where the later picture is that of a server that has been
/// started anew.
[[nodiscard]] std::optional<traffic_rates> rates_between(const pictured_server& before,
                                                         const pictured_server& after,
                                                         double seconds);

/// How a picture is to be shown.
struct table_options {
  std::size_t columns = 80;
  /// Lines in all. What does not fit is left out at the end.
  std::size_t rows = std::numeric_limits<std::size_t>::max();
  std::size_t first = 0;              ///< of the stalls, where the table begins
  std::optional<traffic_rates> rates; ///< else what the server did so far is shown
  stall_query question;               ///< whose answer the picture is
};

struct stall_table {
  std::vector<std::string> lines; ///< printable ASCII, and none wider than was asked for
  std::size_t heading = 0;        ///< which line has the headings; behind it come stalls
  [[nodiscard]] std::size_t stalls() const noexcept {
    return lines.size() > heading ? lines.size() - heading - 1 : 0;
  }
};

/// The server, the loops that are held up, and the stalls in columns. On a narrow terminal columns
/// are left out, those first that matter least.
[[nodiscard]] stall_table lay_out(const stall_picture& picture, const table_options& how);

} // namespace sluice
