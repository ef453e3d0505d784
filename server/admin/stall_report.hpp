#pragma once

#include "sluice/actors/connection/stall.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/task.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice {

struct server_view;

/// What the loops of a server have shown. A loop that is held up shows nothing: null.
struct stall_report {
  std::vector<std::shared_ptr<const stall_list>> loops; ///< in the order of server_view::loops

  /// As JSON: see docs/reference/admin.md.
  [[nodiscard]] nlohmann::json to_json(const server_view& of, const stall_query& asked) const;
};

/// Asks all loops of `what`. Once none has answered for `patience_with_loops`, the others are taken
/// for held up.
[[nodiscard]] task_of<stall_report> survey(exchange& http, const server_view& what,
                                           stall_query asked);
inline constexpr std::chrono::milliseconds patience_with_loops{250};

/// What the query of `head` asks for. Throws http_error 400.
[[nodiscard]] stall_query stall_query_of(const request& head);

} // namespace sluice
