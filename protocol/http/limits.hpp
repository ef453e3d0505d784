#pragma once

#include <cstddef>

namespace sluice::http {

/// What one request may cost before it is refused. All sizes are in octets.
struct limits {
  std::size_t target = 8 * 1024;          ///< request target; past it 414
  std::size_t field_section = 32 * 1024;  ///< request line and header section as received; past it
                                          ///< 431
  std::size_t field_count = 100;          ///< field lines of the header section; past it 431
  std::size_t trailer_section = 8 * 1024; ///< trailer section as received; past it 431
  std::size_t chunk_framing = 4 * 1024; ///< framing (chunk sizes, extensions) between two pieces of
                                        ///< content; past it 400
};

} // namespace sluice::http
