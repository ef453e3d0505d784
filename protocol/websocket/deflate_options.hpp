#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::websocket {

/// What permessage-deflate may do on a route, and once it is agreed with a client, what it does.
/// The first four are negotiated: they can only become stricter. Source: RFC 7692 sec. 7.1
struct deflate_options {
  /// The server begins every message anew: it needs no memory between messages and compresses less.
  bool server_no_context_takeover = false;
  /// The client has to begin every message anew: the server needs no memory between messages.
  bool client_no_context_takeover = false;
  /// The server compresses with a window of 2^n octets, n from 9 to 15.
  int server_max_window_bits = 15;
  /// The client has to compress with a window of at most 2^n octets, n from 9 to 15. A client that
  /// can't be told so goes uncompressed, since its messages would need a larger window.
  int client_max_window_bits = 15;

  int memory_level = 8;      ///< zlib's, 1 to 9: more memory compresses faster and a little better
  int compression_level = 6; ///< zlib's, 1 (fast) to 9 (small)
  /// Octets of content that a message to the client needs to be compressed. An empty one never is.
  std::size_t smallest = 64;
  /// How many times its octets on the wire a message of the client may inflate to, judged once it
  /// has inflated to more than 64 KiB; past it 1008. 0: no limit but that of the message.
  std::size_t max_ratio = 200;

  friend bool operator==(const deflate_options&, const deflate_options&) = default;
};

/// What is wrong with `options`, for whoever wrote them; empty when nothing is.
[[nodiscard]] std::string_view fault_of(const deflate_options& options) noexcept;

/// The most memory that zlib takes for one connection with these options, in octets, whatever is
/// negotiated: the windows and the state of one deflater and one inflater.
[[nodiscard]] std::size_t deflate_memory(const deflate_options& options) noexcept;

} // namespace sluice::websocket
