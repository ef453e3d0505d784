// Scenarios of WebSockets.

#include "tests/soak/scenario.hpp"

#include <array>
#include <utility>

namespace sluice::soak {

namespace {

std::string frame(int first_octet, std::string_view payload, generator& random) {
  std::string wire;
  wire += static_cast<char>(first_octet);
  const auto size = payload.size();
  const auto add_length = [&](int octets) {
    for (auto i = octets - 1; i >= 0; --i)
      wire += static_cast<char>((size >> (8 * i)) & 0xff);
  };
  if (size < 126) {
    wire += static_cast<char>(0x80 | size);
  } else if (size < 65536) {
    wire += static_cast<char>(0x80 | 126);
    add_length(2);
  } else {
    wire += static_cast<char>(0x80 | 127);
    add_length(8);
  }
  std::array<char, 4> key{};
  for (auto& octet : key)
    octet = static_cast<char>(between(random, 0, 255));
  wire.append(key.data(), key.size());
  for (std::size_t i = 0; i < size; ++i)
    wire += static_cast<char>(payload[i] ^ key[i % 4]);
  return wire;
}

void add_message(scenario& s, const std::string& text, generator& random) {
  const auto opcode = s.form == content::text
                          || (s.form == content::fragmented && one_in(random, 2))
                        ? 1
                        : 2;
  if (s.form != content::fragmented) {
    s.octets.append(frame(0x80 | opcode, text, random));
    return;
  }
  std::string_view rest{text};
  auto first = opcode;
  for (auto pieces = between(random, 1, 6); pieces > 0; --pieces) {
    const auto size = between<std::size_t>(random, 0, rest.size());
    s.octets.append(frame(first, rest.substr(0, size), random));
    first = 0;
    rest.remove_prefix(size);
    if (one_in(random, 3))
      s.octets.append(frame(0x89, "between", random));
  }
  s.octets.append(frame(0x80 | first, rest, random));
}

void add_mischief(scenario& s, generator& random) {
  switch (s.oddity) {
    case twist::too_large: {
      auto large = pattern(200'000);
      s.octets.append(frame(0x82, large, random));
      // In parts a message may have any size.
      if (s.target == "/ws/parts")
        s.echoes.push_back(std::move(large));
      return;
    }
    case twist::ping_flood:
      for (auto left = between(random, 100, 3000); left > 0; --left)
        s.octets.append(frame(0x89, one_in(random, 2) ? std::string(125, 'p') : "p", random));
      return;
    case twist::broken_protocol:
      s.octets.append(one_of(random, frame(0xf1, "reserved bits", random),
                             frame(0x83, "an opcode", random), frame(0x80, "no start", random),
                             frame(0x81, "\xc3\x28", random), frame(0x09, "split ping", random),
                             frame(0x88, "\x03", random), std::string{"\x81\x05hello"},
                             frame(0x89, std::string(126, 'p'), random)));
      return;
    default: return;
  }
}

std::string choose_target(scenario& s, generator& random) {
  if (s.acknowledged == reply::never)
    return one_of(random, "/ws/never", "/ws/never/pool", "/ws/stubborn");
  s.is_calm = s.oddity == twist::none || s.oddity == twist::early_frames;
  if (s.acknowledged == reply::late)
    return one_of(random, "/ws/late/loop", "/ws/late/pool", "/ws/late/own", "/ws/late/caf");
  if (one_in(random, 2))
    return one_of(random, "/ws/echo/loop", "/ws/echo/pool", "/ws/echo/own", "/ws/parts");
  s.is_calm = false;
  return one_of(random, "/ws/push/wait", "/ws/push/oldest", "/ws/push/newest", "/ws/push/latest",
                "/ws/push/close", "/ws/flood", "/ws/throws", "/ws/ends", "/ws/closes");
}

} // namespace

void write_web_socket(scenario& s, generator& random) {
  s.target = choose_target(s, random);
  const auto is_echo = s.target.starts_with("/ws/echo") || s.target.starts_with("/ws/late")
                       || s.target == "/ws/parts";
  s.octets.append("GET ").append(s.target).append(" HTTP/1.1\r\nHost: soak\r\n");
  s.octets.append("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n");
  s.octets.append("Sec-WebSocket-Version: 13\r\n");
  s.octets.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  s.expected.push_back({false, s.is_calm, false, std::nullopt, s.octets.size()});
  if (s.oddity != twist::early_frames)
    s.gates.push_back({s.octets.size(), gate::kind::upgrade, 1});
  const auto is_window = s.leaves == parting::window_full;
  for (auto left = is_window ? between(random, 10, 40) : between(random, 1, 12); left > 0; --left) {
    const auto size = is_window || one_in(random, 6) ? between<std::size_t>(random, 10'000, 60'000)
                                                     : between<std::size_t>(random, 0, 600);
    auto text = pattern(size);
    add_message(s, text, random);
    // An interrupted echo is no whole message: what is complete is compared.
    if (is_echo)
      s.echoes.push_back(std::move(text));
    if (is_echo && !is_window && one_in(random, 2) && s.oddity != twist::early_frames)
      s.gates.push_back({s.octets.size(), gate::kind::messages, s.echoes.size()});
  }
  add_mischief(s, random);
  if (s.leaves != parting::polite && !one_in(random, 3))
    return;
  // A Close may overtake what waits for a slow handler, never what was sent before it was read.
  if (is_echo && !is_window)
    s.gates.push_back({s.octets.size(), gate::kind::messages, s.echoes.size()});
  s.octets.append(frame(0x88, std::string{"\x03\xe8", 2}, random));
}

} // namespace sluice::soak
