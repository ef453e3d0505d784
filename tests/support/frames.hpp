#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::testing {

/// A masked client frame with a key of zeros, so that the payload data stays readable. RFC 6455
/// sec. 5.2
std::string client_frame(std::uint8_t first_octet, std::string_view payload);

/// An opening handshake for `target`, complete.
std::string handshake(std::string_view target);

} // namespace sluice::testing
