#pragma once

#include "sluice/protocol/websocket/deflate_options.hpp"
#include "sluice/protocol/websocket/internal/deflater.hpp"
#include "sluice/protocol/websocket/internal/inflation.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::websocket::internal {

/// Both directions of permessage-deflate on one connection, as it was agreed.
class deflate_codec {
public:
  /// @pre fault_of(terms) is empty, but for a client_max_window_bits of 8
  explicit deflate_codec(const deflate_options& terms) noexcept : incoming{terms}, terms_{terms} {}

  /// Messages of the peer.
  inflation incoming;

  /// Whether an outgoing message of `size` octets is to be compressed.
  [[nodiscard]] bool is_worthwhile(std::size_t size) const noexcept {
    return size != 0 && size >= terms_.smallest;
  }
  /// Compresses the next piece of an outgoing message: the payload data of one frame.
  [[nodiscard]] std::string compress(octet_view content, bool is_last) {
    if (!outgoing_)
      outgoing_.emplace(terms_);
    auto compressed = outgoing_->run(content, is_last);
    if (is_last && terms_.server_no_context_takeover)
      outgoing_.reset(); // nothing of it serves the next message
    return compressed;
  }
  /// Octets that zlib holds.
  [[nodiscard]] std::size_t memory() const noexcept {
    return incoming.memory() + (outgoing_ ? outgoing_->memory() : 0);
  }
  [[nodiscard]] std::size_t most_memory() const noexcept {
    return websocket::deflate_memory(terms_);
  }

private:
  std::optional<deflater> outgoing_; ///< absent until a message needs it
  deflate_options terms_;
};

} // namespace sluice::websocket::internal
