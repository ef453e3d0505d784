#pragma once

#include "sluice/server/routing/router.hpp"

#include <caf/actor.hpp>
#include <caf/atom.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// A service at which everybody can be waited for: a client that sends slowly (/content), a handler
/// that takes its time (/work), a client that does not read (/big), an actor that never answers
/// (/asked), and a function that holds up its loop (/blocks).
struct five_parties {
  using question = caf::atom_constant<caf::atom("question")>;

  five_parties();

  caf::actor busy;
  std::function<void()> while_blocked = [] {};
  router routes;

  static constexpr std::string_view
    slow_upload = "POST /content HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc";
  static constexpr std::string_view
    upload_to_work = "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

  // What is to be seen of them, in the JSON of /stalls.

  [[nodiscard]] static nlohmann::json row_of(const nlohmann::json& seen, std::string_view route);
  /// Whether all that is waited for is named, and rightly.
  [[nodiscard]] static bool are_named(const nlohmann::json& seen);
  /// The same, as `sluice top` has it: `table`, 200 columns wide.
  [[nodiscard]] static bool are_named_in(const std::vector<std::string>& table);
  /// The same, as the metrics have it: each of these lines is there.
  [[nodiscard]] static std::vector<std::string> lines_of_metrics();
};

} // namespace sluice::testing
