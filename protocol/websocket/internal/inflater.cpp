#include "sluice/protocol/websocket/internal/inflater.hpp"

#include "sluice/protocol/websocket/internal/zlib_memory.hpp"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace sluice::websocket::internal {
namespace {

// Bits of z_stream::data_type after inflate(), as zlib.h gives them.
constexpr int unused_bits = 7;
constexpr int at_block_end = 128;

/// Peers on an old zlib that agreed to 8 bits compress with 9.
constexpr int least_window_bits = 9;

} // namespace

struct inflater::stream {
  zlib_memory memory;
  z_stream z{};
  bool after_final = false; ///< the last octet consumed ended a final block
};

inflater::inflater(int window_bits) : stream_{std::make_unique<stream>()} {
  auto& z = stream_->z;
  z.zalloc = zlib_allocate;
  z.zfree = zlib_free;
  z.opaque = &stream_->memory;
  if (inflateInit2(&z, -std::max(window_bits, least_window_bits)) != Z_OK) // negative: no header
    throw std::bad_alloc{};
}

inflater::~inflater() {
  inflateEnd(&stream_->z);
}

inflater::step inflater::run(octet_view input, std::span<std::byte> output) {
  assert(!output.empty());
  auto& z = stream_->z;
  // zlib does not write through next_in, but takes it as mutable.
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
  z.avail_in = static_cast<uInt>(input.size());
  z.next_out = reinterpret_cast<Bytef*>(output.data());
  z.avail_out = static_cast<uInt>(output.size());
  auto outcome = verdict::good;
  for (;;) {
    if (z.avail_in != 0)
      stream_->after_final = false;
    const auto result = inflate(&z, Z_SYNC_FLUSH);
    if (result == Z_MEM_ERROR)
      throw std::bad_alloc{};
    if (result == Z_STREAM_END) {
      // What follows is no new stream: it may refer to all that came before, so the window stays.
      // inflateReset would forget it, and giving it back by inflateSetDictionary costs two copies
      // of the window for each such block, which may have two octets.
      inflateResetKeep(&z);
      stream_->after_final = true;
      if (z.avail_in != 0)
        continue;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      outcome = verdict::corrupt;
    }
    break;
  }
  // A fault behind a full output is found again by the next call, as if it had come later.
  if (z.avail_out == 0)
    outcome = verdict::full;
  return {input.size() - z.avail_in, output.size() - z.avail_out, outcome};
}

bool inflater::is_at_block_end() const noexcept {
  return stream_->after_final
         || (stream_->z.data_type & (at_block_end | unused_bits)) == at_block_end;
}

bool inflater::is_after_final_block() const noexcept {
  return stream_->after_final;
}

void inflater::restart() noexcept {
  inflateReset(&stream_->z);
  stream_->after_final = false;
}

std::size_t inflater::memory() const noexcept {
  return stream_->memory.held;
}

} // namespace sluice::websocket::internal
