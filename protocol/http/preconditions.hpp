#pragma once

#include "sluice/protocol/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace sluice {

/// What tells one state of a representation from another.
struct validators {
  std::string entity_tag; ///< weak: W/"..."
  std::time_t modified = 0;
};

/// What the conditions in a GET or HEAD request's fields come to.
enum class verdict { proceed, not_modified, precondition_failed };

/// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of
/// RFC 9110 sec. 13.2.2.
[[nodiscard]] verdict judge_preconditions(const fields& asked, const validators& current,
                                          std::time_t now);

/// Whether a request that changes a resource may do so under its conditions: If-Match,
/// If-Unmodified-Since and If-None-Match, in the order of RFC 9110 sec. 13.2.2. `current`: what is
/// there, null if nothing is.
[[nodiscard]] bool permits_change(const fields& asked, const validators* current, std::time_t now);

/// Whether a Range field is to be heeded: If-Range is absent or names the current state.
/// RFC 9110 sec. 13.1.5
[[nodiscard]] bool allows_range(const fields& asked, const validators& current, std::time_t now);

/// Whether the list field value `list` holds `tag` or is "*"; compared weakly. RFC 9110
/// sec. 8.8.3.2
[[nodiscard]] bool matches_weakly(std::string_view list, std::string_view tag) noexcept;

} // namespace sluice
