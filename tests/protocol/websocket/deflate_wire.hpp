#pragma once

#include "sluice/protocol/websocket/session.hpp"
#include "tests/protocol/websocket/wire.hpp"

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

/// A peer with a zlib of its own, and the events of a session that has permessage-deflate.
namespace sluice::websocket::wire {

/// Compresses messages as RFC 7692 sec. 7.2.1 says.
class compressor {
public:
  explicit compressor(int window_bits = 15, int level = 6) {
    if (deflateInit2(&z_, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;
  ~compressor() { deflateEnd(&z_); }

  /// The payload data of a whole message.
  std::string message(std::string_view content) {
    auto out = run(content, Z_SYNC_FLUSH);
    if (out.empty()) // zlib flushes nothing twice
      return std::string(1, '\0');
    out.resize(out.size() - 4);
    return out;
  }
  std::string run(std::string_view content, int flush) {
    z_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
    z_.avail_in = static_cast<uInt>(content.size());
    std::string out(deflateBound(&z_, static_cast<uLong>(content.size())) + 64, '\0');
    z_.next_out = reinterpret_cast<Bytef*>(out.data());
    z_.avail_out = static_cast<uInt>(out.size());
    deflate(&z_, flush);
    out.resize(out.size() - z_.avail_out);
    return out;
  }
  void reset() { deflateReset(&z_); }

private:
  z_stream z_{};
};

/// Inflates messages as RFC 7692 sec. 7.2.2 says.
class decompressor {
public:
  explicit decompressor(int window_bits = 15) {
    if (inflateInit2(&z_, -window_bits) != Z_OK)
      throw std::bad_alloc{};
  }
  decompressor(const decompressor&) = delete;
  decompressor& operator=(const decompressor&) = delete;
  ~decompressor() { inflateEnd(&z_); }

  std::string message(std::string_view payload) {
    return run(std::string{payload} + std::string("\x00\x00\xff\xff", 4));
  }
  /// What comes of a piece; "corrupt" if zlib refuses it.
  std::string run(std::string_view input) {
    z_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    z_.avail_in = static_cast<uInt>(input.size());
    std::string all;
    std::string out(65536, '\0');
    do {
      z_.next_out = reinterpret_cast<Bytef*>(out.data());
      z_.avail_out = static_cast<uInt>(out.size());
      const auto result = inflate(&z_, Z_SYNC_FLUSH);
      if (result != Z_OK && result != Z_BUF_ERROR)
        return "corrupt";
      all.append(out, 0, out.size() - z_.avail_out);
    } while (z_.avail_out == 0);
    return all;
  }
  void reset() { inflateReset(&z_); }

private:
  z_stream z_{};
};

/// A client's compressed message of one frame; `first`: FIN, RSV1 and opcode.
inline std::string deflated(std::string_view content, unsigned first = 0xc1) {
  return frame(first, compressor{}.message(content));
}

/// The events of a new session with permessage-deflate for `input`, which comes in pieces of
/// `piece` octets after a first one of `cut`. What is not consumed is offered again with the next.
inline events inflated_events_of(std::string_view input, const limits& bounds = {},
                                 const deflate_options& terms = {},
                                 std::size_t cut = std::string_view::npos,
                                 std::size_t piece = std::string_view::npos) {
  session peer{bounds, terms};
  events seen;
  std::string kept;
  const auto offer = [&](std::string_view more) {
    kept += more;
    for (;;) {
      const auto step = peer.next(as_octets(kept));
      kept.erase(0, step.consumed);
      if (step.event == session_event::none)
        return;
      seen.push_back(describe(peer, step));
    }
  };
  offer(input.substr(0, cut));
  for (std::size_t at = cut; at < input.size(); at += std::min(piece, input.size() - at))
    offer(input.substr(at, piece));
  if (!kept.empty())
    seen.emplace_back("input was left");
  return seen;
}

/// Octets that hardly compress, the same for the same seed.
inline std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::string all(size, '\0');
  for (auto& c : all) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return all;
}

} // namespace sluice::websocket::wire
