#include "tests/soak/scenario.hpp"

#include <algorithm>

namespace sluice::soak {

std::string_view to_string(content value) noexcept {
  constexpr std::string_view names[] = {"no content", "Content-Length", "chunked",
                                        "WS text",    "WS binary",      "WS fragmented"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(reply value) noexcept {
  constexpr std::string_view names[] = {"at once", "late", "never"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(parting value) noexcept {
  constexpr std::string_view names[] = {"polite", "FIN",      "half-close",
                                        "RST",    "vanished", "window full"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(moment value) noexcept {
  constexpr std::string_view names[] = {"before the head's end", "mid-content", "after content",
                                        "mid-response"};
  return names[static_cast<std::size_t>(value)];
}

std::string_view to_string(twist value) noexcept {
  constexpr std::string_view names[] = {
    "none",      "octet by octet", "pipelined",  "expects 100",     "malformed",   "smuggling",
    "bad chunk", "too large",      "ping flood", "broken protocol", "early frames"};
  return names[static_cast<std::size_t>(value)];
}

namespace {

twist draw_twist(bool is_web_socket, generator& random) {
  if (one_in(random, 2))
    return twist::none;
  if (is_web_socket) {
    constexpr twist some[] = {twist::octet_by_octet, twist::too_large, twist::ping_flood,
                              twist::broken_protocol, twist::early_frames};
    return some[between<std::size_t>(random, 0, 4)];
  }
  return static_cast<twist>(between(random, 1, 7));
}

// Where the part that is sent ends.
std::size_t draw_cut(const scenario& s, std::size_t head, generator& random) {
  const auto all = s.octets.size();
  if (s.leaves == parting::polite || s.when >= moment::after_content)
    return all;
  if (s.when == moment::before_head_end)
    return between<std::size_t>(random, head == 0 ? 0 : 1, head == 0 ? 0 : head - 1);
  return head + 1 >= all ? all : between<std::size_t>(random, head + 1, all - 1);
}

} // namespace

scenario draw(std::uint64_t seed) {
  generator random{seed};
  scenario s;
  s.seed = seed;
  s.form = static_cast<content>(between<std::size_t>(random, 0, content_count - 1));
  s.acknowledged = static_cast<reply>(between<std::size_t>(random, 0, reply_count - 1));
  s.leaves = static_cast<parting>(between<std::size_t>(random, 0, parting_count - 1));
  s.when = static_cast<moment>(between<std::size_t>(random, 0, moment_count - 1));
  s.is_web_socket = is_web_socket(s.form);
  s.oddity = draw_twist(s.is_web_socket, random);
  s.hold = std::chrono::milliseconds{one_in(random, 4) ? between(random, 300, 1500)
                                                       : between(random, 10, 300)};
  s.drains = one_in(random, 2);
  if (s.is_web_socket)
    write_web_socket(s, random);
  else
    write_http(s, random);
  // The last request is the one that the matrix speaks of.
  s.cut = draw_cut(s, s.expected.empty() ? 0 : s.expected.back().head_end, random);
  s.most_at_once = one_in(random, 3) ? between<std::size_t>(random, 1000, 20'000) : s.octets.size();
  if (s.oddity == twist::octet_by_octet) {
    // Slow, but over within a few seconds.
    s.pause = std::chrono::milliseconds{between(random, 1, 10)};
    s.most_at_once = std::max<std::size_t>(1, s.octets.size() / 200);
  }
  return s;
}

std::string describe(const scenario& of) {
  std::string text{to_string(of.form)};
  text.append(" / acknowledged ").append(to_string(of.acknowledged));
  text.append(" / ").append(to_string(of.leaves)).append(" ").append(to_string(of.when));
  text.append(" / twist ").append(to_string(of.oddity)).append(" / ").append(of.target);
  text.append(" / sends ").append(std::to_string(of.cut)).append(" of ");
  text.append(std::to_string(of.octets.size())).append(" octets");
  return text.append("; --scenario ").append(std::to_string(of.seed));
}

std::string pattern(std::size_t octets) {
  std::string text(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i)
    text[i] = static_cast<char>('a' + (i % 23 + i / 1000) % 26);
  return text;
}

std::uint64_t hash_on(std::uint64_t hash, std::string_view piece) noexcept {
  for (const auto c : piece)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

std::string digest(std::uint64_t octets, std::uint64_t hash) {
  return std::to_string(octets) + ' ' + std::to_string(hash);
}

} // namespace sluice::soak
