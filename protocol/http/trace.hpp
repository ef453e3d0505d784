#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Where a request stands among those that one deed of somebody's has caused. W3C Trace Context
/// sec. 3.2
struct trace_parent {
  std::uint64_t trace_high = 0; ///< the first half of the trace's id, which is not zero
  std::uint64_t trace_low = 0;
  std::uint64_t parent = 0; ///< the id of who has caused it; not zero
  std::uint8_t flags = 0;   ///< 1: it is recorded

  /// The id of the trace: 32 hexadecimal digits.
  [[nodiscard]] std::string trace_id() const;
};

/// Which request something is done for. A self-contained value: whoever works for it may log it, and
/// pass it on to whom it asks in its turn.
struct request_trace {
  std::string request_id;
  trace_parent caused_by; ///< the request is the parent of what is done for it
  std::string state;      ///< the tracestate that came with it, to be passed on; may be empty

  /// The value of a traceparent field for a request to somebody else. W3C Trace Context sec. 3.2
  [[nodiscard]] std::string traceparent() const;
};

/// Reads the value of a traceparent field. Of a version that is newer than 00 what is known is taken.
/// @returns nothing where it is malformed, and the trace begins anew. W3C Trace Context sec. 3.2.2
[[nodiscard]] std::optional<trace_parent> parse_traceparent(std::string_view value) noexcept;

/// Whether `value` is taken for the id of a request: 1 to 128 letters, digits and any of -_.:+=/@
[[nodiscard]] bool is_request_id(std::string_view value) noexcept;

/// Who the request with this number is to others, where nobody has said: ids that look random, the
/// same for the same number.
[[nodiscard]] request_trace trace_of_number(std::uint64_t number);

} // namespace sluice
