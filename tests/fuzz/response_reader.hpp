#pragma once

#include "sluice/protocol/http/method.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::fuzz {

/// A response as a client reads it.
struct read_response {
  using section = std::vector<std::pair<std::string, std::string>>;

  unsigned status = 0;
  section fields;
  std::string content;
  section trailers;
  bool is_complete = false;   ///< false: the octets end inside it
  bool ends_by_close = false; ///< the end of the connection ends its content
  std::size_t size = 0;       ///< octets of it, when complete

  /// The values of `name`, which is in lower case, joined by ", "; nothing without such a line.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
};

/// Reads the response at the front of `octets` to a request with `method`. Simple, and as wary as
/// clients are not: any CR or LF that is not the end of a line fails, and so does what RFC 9112
/// has no form for. It shares no code with response_writer.
read_response read_one_response(std::string_view octets, method asked);

} // namespace sluice::fuzz
