#include "sluice/actors/http/chunk_builder.hpp"

#include "sluice/actors/connection/intake.hpp"

#include <cstring>
#include <utility>

namespace sluice {

void chunk_builder::add(octet_view piece, const intake& from) {
  if (empty()) {
    if (auto shared = from.share(piece)) {
      whole_ = *std::move(shared);
      return;
    }
  }
  const auto room = whole_.size() + piece.size() + from.peek().size();
  if (!whole_.empty())
    gather(std::exchange(whole_, {}).view(), room);
  gather(piece, room);
}

// `room`: what the first piece and all that may follow it take.
void chunk_builder::gather(octet_view piece, std::size_t room) {
  if (!gathered_)
    gathered_ = std::make_shared_for_overwrite<std::byte[]>(room);
  std::memcpy(gathered_.get() + size_, piece.data(), piece.size());
  size_ += piece.size();
}

octets chunk_builder::take() {
  if (!whole_.empty())
    return std::exchange(whole_, {});
  return octets{std::exchange(gathered_, nullptr), std::exchange(size_, 0)};
}

void chunk_builder::drop() noexcept {
  whole_ = {};
  gathered_ = nullptr;
  size_ = 0;
}

} // namespace sluice
