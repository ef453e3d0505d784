#pragma once

#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <memory>

namespace sluice {

class intake;

/// Content on its way into one chunk: all that one read brought, in one piece. It stays where the
/// read has put it if that is a block of its own, most of which it fills; else it is gathered.
class chunk_builder {
public:
  /// Adds `piece`, which `from` has shown; what `from` still shows may be more of it.
  void add(octet_view piece, const intake& from);
  [[nodiscard]] bool empty() const noexcept { return size_ == 0 && whole_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_ + whole_.size(); }
  /// All of it; none is left.
  [[nodiscard]] octets take();
  void clear() noexcept {
    if (!empty())
      drop();
  }

private:
  void drop() noexcept;
  void gather(octet_view piece, std::size_t room);

  octets whole_;                          ///< in the block of a read
  std::shared_ptr<std::byte[]> gathered_; ///< or here
  std::size_t size_ = 0;                  ///< of what was gathered
};

} // namespace sluice
