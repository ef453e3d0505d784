#pragma once

#include "sluice/protocol/octets.hpp"
#include "sluice/protocol/websocket/deflate_options.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace sluice::websocket::internal {

/// Compresses outgoing messages piece by piece. What a piece comes to can be inflated as soon as it
/// arrives. Source: RFC 7692 sec. 7.2.1
class deflater {
public:
  /// Takes zlib's memory: see deflate_memory. @pre fault_of(terms) is empty
  explicit deflater(const deflate_options& terms);
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;
  ~deflater();

  /// The payload data of the next frame of a message: `content`, compressed.
  [[nodiscard]] std::string run(octet_view content, bool is_last);
  /// Octets that zlib holds.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  void append(octet_view content, std::string& out);

  struct stream;
  std::unique_ptr<stream> stream_;
  bool owes_tail_ = false;  ///< the tail was cut off a piece that others follow
  bool in_message_ = false; ///< something of the message has been compressed
};

} // namespace sluice::websocket::internal
