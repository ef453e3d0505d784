#pragma once

#include "sluice/actors/testing/scripted_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

// How a client reads what a server sent. Not strict: what is tested here is not the server's
// syntax.

/// The final responses in `octets`; `to_head`: for each, whether it answers a HEAD. `is_over`: the
/// stream has ended, which completes a response that ends with it.
[[nodiscard]] std::vector<received_response> read_responses(std::string_view octets,
                                                            const std::vector<bool>& to_head,
                                                            bool is_over);

/// What a server's WebSocket frames say, from behind the 101.
struct received_frames {
  std::vector<received_message> messages;
  std::vector<std::string> pongs;
  std::optional<std::uint16_t> close_code;
};
[[nodiscard]] received_frames read_frames(std::string_view octets);

/// A client's frame, whose masking key is zero: RFC 6455 sec. 5.3 lets it be any.
[[nodiscard]] std::string client_frame(unsigned opcode, std::string_view payload);

} // namespace sluice::testing
