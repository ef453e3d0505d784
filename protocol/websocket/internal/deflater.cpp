#include "sluice/protocol/websocket/internal/deflater.hpp"

#include "sluice/protocol/websocket/internal/zlib_memory.hpp"

#include <zlib.h>

#include <array>
#include <cassert>
#include <new>
#include <string_view>

namespace sluice::websocket::internal {
namespace {

/// What an empty block without compression ends in. zlib writes one after every piece; the last of
/// a message is cut off, and the recipient puts it there again. RFC 7692 sec. 7.2.1
constexpr std::string_view tail{"\x00\x00\xff\xff", 4};
/// All that is left of such a block when its tail is cut off: a message of no other blocks.
constexpr char empty_message = '\0';

constexpr std::size_t scratch_size = 16 * 1024;

} // namespace

struct deflater::stream {
  zlib_memory memory;
  z_stream z{};
};

deflater::deflater(const deflate_options& terms) : stream_{std::make_unique<stream>()} {
  assert(fault_of(terms).empty());
  auto& z = stream_->z;
  z.zalloc = zlib_allocate;
  z.zfree = zlib_free;
  z.opaque = &stream_->memory;
  if (deflateInit2(&z, terms.compression_level, Z_DEFLATED,
                   -terms.server_max_window_bits, // negative: no header
                   terms.memory_level, Z_DEFAULT_STRATEGY)
      != Z_OK)
    throw std::bad_alloc{};
}

deflater::~deflater() {
  deflateEnd(&stream_->z);
}

std::string deflater::run(octet_view content, bool is_last) {
  std::string out;
  if (!content.empty()) {
    if (owes_tail_)
      out += tail;
    append(content, out);
    assert(out.ends_with(tail));
    out.resize(out.size() - tail.size());
    owes_tail_ = in_message_ = true;
  }
  if (!is_last)
    return out;
  if (!in_message_)
    out += empty_message;
  owes_tail_ = in_message_ = false;
  return out;
}

void deflater::append(octet_view content, std::string& out) {
  auto& z = stream_->z;
  // zlib does not write through next_in, but takes it as mutable.
  z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
  z.avail_in = static_cast<uInt>(content.size());
  std::array<char, scratch_size> scratch;
  do {
    z.next_out = reinterpret_cast<Bytef*>(scratch.data());
    z.avail_out = static_cast<uInt>(scratch.size());
    // It can't fail: the stream is sound, and Z_BUF_ERROR only says that there was nothing left.
    deflate(&z, Z_SYNC_FLUSH);
    out.append(scratch.data(), scratch.size() - z.avail_out);
  } while (z.avail_out == 0);
}

std::size_t deflater::memory() const noexcept {
  return stream_->memory.held;
}

} // namespace sluice::websocket::internal
