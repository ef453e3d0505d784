#include "bench/cost/subject.hpp"
#include "sluice/protocol/websocket/session.hpp"
#include "sluice/protocol/websocket/utf8.hpp"

#include <limits>

namespace bench {
namespace {

using namespace sluice;
using websocket::session_event;

constexpr unsigned final_text = 0x81;
constexpr unsigned final_binary = 0x82;
constexpr unsigned final_compressed = 0xc1;
constexpr unsigned begin_text = 0x01;
constexpr unsigned continuation = 0x00;
constexpr unsigned final_continuation = 0x80;
constexpr unsigned ping = 0x89;
constexpr unsigned pong = 0x8a;

/// A client's frame: `head` is its first octet.
std::string frame(unsigned head, std::string_view payload) {
  constexpr std::string_view mask = "\x12\x34\x56\x78";
  std::string out{static_cast<char>(head)};
  const auto add_size = [&](unsigned code, unsigned octets) {
    out += static_cast<char>(0x80U | code);
    while (octets-- > 0)
      out += static_cast<char>(payload.size() >> 8U * octets & 0xffU);
  };
  if (payload.size() < 126)
    out += static_cast<char>(0x80U | payload.size());
  else if (payload.size() < 65'536)
    add_size(126, 2);
  else
    add_size(127, 8);
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

websocket::limits without_limits(std::size_t part = 0) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  return {most, part, most};
}

struct way {
  std::size_t piece = std::numeric_limits<std::size_t>::max();
  std::size_t part = 0;
  std::optional<websocket::deflate_options> deflate;
};

void read(std::string_view input, const way& how) {
  websocket::session peer{without_limits(how.part), how.deflate};
  std::size_t events = 0;
  for (auto rest = as_octets(input);;) {
    const auto step = peer.next(rest.first(std::min(how.piece, rest.size())));
    rest = rest.subspan(step.consumed);
    expect(step.event != session_event::error);
    if (step.event == session_event::message)
      static_cast<void>(peer.take_message());
    if (peer.has_output())
      static_cast<void>(peer.take_output());
    if (step.event != session_event::none)
      ++events;
    else if (rest.empty())
      break;
  }
  expect(events > 0);
}

void add(subjects& to, const std::string& name, std::size_t most, std::size_t most_by_octet,
         const std::function<std::string(std::size_t)>& make, const way& how = {}) {
  to.push_back({"session: " + name, most, make, [=](std::string_view input) { read(input, how); }});
  auto slowly = how;
  slowly.piece = 1;
  to.push_back({"session: " + name + ", octet by octet", most_by_octet, make,
                [=](std::string_view input) { read(input, slowly); }});
}

} // namespace

subjects sessions() {
  const auto of = [](std::string piece, std::string front = {}, std::string back = {}) {
    return [=](std::size_t octets) { return repeated(octets, piece, front, back); };
  };
  const auto message = [](unsigned head, std::string piece) {
    return [=](std::size_t octets) { return frame(head, repeated(octets, piece)); };
  };
  const auto begin = frame(begin_text, "a");
  const auto end = frame(final_continuation, "");
  way in_parts;
  in_parts.part = 16;
  way compressed;
  compressed.deflate.emplace();
  subjects all;
  add(all, "a binary message", 5, 440, message(final_binary, "x"));
  add(all, "a text", 5, 470, message(final_text, "x"));
  add(all, "a text of long characters", 15, 580, message(final_text, "\xf0\x9f\x98\x80"));
  add(all, "parts of a message", 50, 480, message(final_text, "x"), in_parts);
  add(all, "small messages", 150, 420, of(frame(final_binary, "x")));
  add(all, "empty messages", 95, 380, of(frame(final_binary, "")));
  add(all, "fragments", 75, 370, of(frame(continuation, "x"), begin, end));
  add(all, "empty fragments", 50, 360, of(frame(continuation, ""), begin, end));
  add(all, "Pings between fragments", 280, 940,
      of(frame(ping, "") + frame(continuation, "x"), begin, end));
  add(all, "Pings", 730, 1800, of(frame(ping, "x")));
  add(all, "Pongs", 270, 1400, of(frame(pong, "")));
  const auto deflated = [](std::string_view content) {
    websocket::session own{{}, websocket::deflate_options{}};
    return frame(final_compressed, own.compress(as_octets(content), true));
  };
  add(all, "compressed messages", 460, 1500, of(deflated(repeated(300, "one two"))), compressed);
  all.push_back({"session: whether it would close", 10, of(frame(final_binary, "x")),
                 [](std::string_view input) {
                   const websocket::session peer{without_limits()};
                   expect(!peer.would_close(as_octets(input)));
                 }});
  all.push_back({"UTF-8: octet by octet", 120, of("\xf0\x9f\x98\x80"), [](std::string_view input) {
                   websocket::utf8_validator check;
                   for (const char& c : input)
                     expect(check.feed(as_octets({&c, 1})));
                 }});
  return all;
}

} // namespace bench
