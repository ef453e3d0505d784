// Differential: compressed frames whole and cut give the same messages and refusals, and no message
// is larger than its limit. Round trip: what a session compresses, another one inflates.

#include "sluice/protocol/websocket/deflate_options.hpp"
#include "sluice/protocol/websocket/session.hpp"
#include "tests/fuzz/differential.hpp"

#include <algorithm>
#include <string>
#include <utility>

using namespace sluice::fuzz;
using namespace sluice::websocket;

namespace {

struct wishes {
  limits bounds;
  deflate_options deflate;
};

/// Four settings.
wishes wishes_of(input& from) {
  wishes chosen;
  chosen.bounds.message = from.size(4096, 16);
  chosen.bounds.part = from.size(0);
  const auto flags = from.setting() ^ '0';
  chosen.deflate.client_no_context_takeover = (flags & 1) != 0;
  chosen.deflate.server_no_context_takeover = (flags & 2) != 0;
  chosen.deflate.server_max_window_bits = 9 + (flags >> 2) % 7;
  chosen.deflate.max_ratio = from.size(200);
  return chosen;
}

class deflate_run {
public:
  explicit deflate_run(const wishes& chosen)
    : chosen_{chosen}, peer_{chosen.bounds, chosen.deflate} {}

  /// Offers what was left before `piece` again, as a caller does.
  bool feed(sluice::octet_view piece) {
    left_ += sluice::as_text(piece);
    auto rest = sluice::as_octets(left_);
    for (;;) {
      const auto step = peer_.next(rest);
      require(step.consumed <= rest.size(), "no more is consumed than was offered");
      rest = rest.subspan(step.consumed);
      sent_ += peer_.take_output();
      require(peer_.deflate_memory() <= sluice::websocket::deflate_memory(chosen_.deflate),
              "zlib takes no more than its bound");
      if (step.event == session_event::none)
        break;
      if (!note(step))
        return false;
    }
    left_.erase(0, left_.size() - rest.size());
    return true;
  }
  [[nodiscard]] std::string finish() { return account_ + message_ + sent_; }

private:
  bool note(const session::step& step) {
    switch (step.event) {
      case session_event::message: {
        const auto next = peer_.take_message();
        const auto most = chosen_.bounds.part != 0 ? chosen_.bounds.part : chosen_.bounds.message;
        require(next.content.size() <= most, "no message is larger than its limit");
        inflated += next.content.size();
        message_ += next.content.text();
        if (next.is_last)
          account_ += "message " + std::exchange(message_, {}) + '\n';
        return true;
      }
      case session_event::ping: account_ += "ping\n"; return true;
      case session_event::pong: account_ += "pong\n"; return true;
      case session_event::close: account_ += "close\n"; return false;
      default: account_ += "error " + step.error.message() + '\n'; return false;
    }
  }

  wishes chosen_;
  session peer_;
  std::string left_;
  std::string message_; ///< parts of the message under way
  std::string account_;
  std::string sent_;
};

/// A client's frame of `payload`: masked with zeros.
std::string client_frame(unsigned first, std::string_view payload) {
  std::string frame;
  frame += static_cast<char>(first);
  frame += static_cast<char>(0x80U | 127U);
  for (auto shift = 64U; shift > 0; shift -= 8)
    frame += static_cast<char>(std::uint64_t{payload.size()} >> (shift - 8));
  if (payload.size() <= 125)
    frame.replace(1, 9, 1, static_cast<char>(0x80U | payload.size()));
  else if (payload.size() <= 0xffff)
    frame.replace(1, 9,
                  {static_cast<char>(0x80U | 126U), static_cast<char>(payload.size() >> 8U),
                   static_cast<char>(payload.size() & 0xffU)});
  frame.append(4, '\0');
  return frame.append(payload);
}

/// Sends `content` twice, cut in two, through a session that compresses, and back through one that
/// inflates.
void require_round_trip(sluice::octet_view content, const wishes& chosen, std::size_t cut) {
  auto options = chosen.deflate;
  options.max_ratio = 0;
  session sender{limits{}, options};
  // What we send obeys the server's terms: the reader is a client that was told the same.
  std::swap(options.client_no_context_takeover, options.server_no_context_takeover);
  options.server_max_window_bits = 15;
  limits wide;
  wide.message = content.size() + 1;
  session reader{wide, options};
  for (auto i = 0; i < 2; ++i) {
    const auto first = content.first(std::min(cut, content.size()));
    const auto wire = client_frame(0x42, sender.compress(first, false))
                      + client_frame(0x80, sender.compress(content.subspan(first.size()), true));
    const auto step = reader.next(sluice::as_octets(wire));
    require(step.event == session_event::message, "what was compressed is a message");
    const auto message = reader.take_message();
    require_same(message.content.text(), sluice::as_text(content), "and the same as before");
  }
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 9};
  const auto chosen = wishes_of(from);
  const auto cut = from.size(0);
  const auto where = cuts::chosen_by(from);
  const auto octets = from.octets();
  require_same_for_all_cuts(octets, where, [&] { return deflate_run{chosen}; });
  // As the payload data of one compressed message, so that DEFLATE itself is reached at once.
  const auto framed = client_frame(0xc2, sluice::as_text(octets));
  require_same_for_all_cuts(sluice::as_octets(framed), where, [&] { return deflate_run{chosen}; });
  require_round_trip(octets, chosen, cut);
}
