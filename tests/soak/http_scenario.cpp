// Scenarios of HTTP requests.

#include "tests/soak/scenario.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::soak {

namespace {

struct choice {
  std::string target;
  bool is_calm = false; ///< the handler does its work, and has all the time it needs
  std::optional<std::string> content;
};

std::size_t draw_size(generator& random) {
  if (one_in(random, 8))
    return between<std::size_t>(random, 100'000, 300'000);
  if (one_in(random, 3))
    return between<std::size_t>(random, 5000, 60'000);
  return between<std::size_t>(random, 1, 3000);
}

choice choose_get(const scenario& s, generator& random) {
  if (s.acknowledged == reply::never)
    return {one_of(random, "/silent", "/silent/own", "/stubborn"), false, std::nullopt};
  if (s.acknowledged == reply::late)
    return {one_of(random, "/slow/loop", "/slow/pool", "/slow/own"), true, "slow"};
  const auto size = draw_size(random);
  const auto number = std::to_string(size);
  switch (between(random, 0, 9)) {
    case 0: return {"/plain", true, "plain"};
    case 1: return {"/throws/function", false, std::nullopt};
    case 2: return {one_of(random, "/throws", "/ends", "/stops"), false, std::nullopt};
    case 3: return {"/flood", false, std::nullopt};
    case 4: return {"/after", true, "answered"};
    case 5: return {"/caf/plain", true, "plain"};
    case 6:
    case 7: return {"/stream/" + number, true, pattern(size)};
    default: return {"/sized/" + number, true, pattern(size)};
  }
}

choice choose_upload(const scenario& s, const std::string& digest, generator& random) {
  if (s.acknowledged == reply::never)
    return {one_of(random, "/never", "/never/pool", "/stubborn"), false, std::nullopt};
  if (s.acknowledged == reply::late)
    return {one_of(random, "/late/loop", "/late/pool", "/late/own", "/caf/late"), true, digest};
  switch (between(random, 0, 7)) {
    case 0: return {one_of(random, "/throws", "/ends", "/stops", "/wants"), false, std::nullopt};
    case 1: return {"/early", true, "early"};
    case 2: return {"/after", true, "answered"};
    case 3: return {"/caf/echo", true, digest};
    default: return {one_of(random, "/echo/loop", "/echo/pool", "/echo/own"), true, digest};
  }
}

std::string chunked(std::string_view content, generator& random, bool is_bad) {
  std::string wire;
  const auto piece_limit = one_in(random, 4) ? std::size_t{64} : std::size_t{9000};
  // Few enough for the server's bound on framing between content, whatever the sizes.
  while (!content.empty()) {
    const auto size = std::min(content.size(), between<std::size_t>(random, 1, piece_limit));
    std::array<char, 16> hex{};
    const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), size, 16);
    wire.append(hex.data(), static_cast<std::size_t>(end.ptr - hex.data()));
    if (one_in(random, 20))
      wire.append(";note=ignored");
    wire.append("\r\n").append(content.substr(0, size)).append("\r\n");
    content.remove_prefix(size);
  }
  if (is_bad)
    return wire.append(one_of(random, "zz\r\n", "-1\r\n", "5\nhello\r\n", "fffffffffffffffff\r\n"));
  wire.append("0\r\n");
  if (one_in(random, 3))
    wire.append("X-Checked: yes\r\n");
  return wire.append("\r\n");
}

void add_get(scenario& s, const choice& what, std::string_view method, std::string_view version,
             generator& random) {
  s.octets.append(method).append(" ").append(what.target).append(version);
  s.octets.append("\r\nHost: soak\r\n");
  if (one_in(random, 10))
    s.octets.append("X-Long: ")
      .append(between<std::size_t>(random, 1000, 6000), 'l')
      .append("\r\n");
  s.octets.append("\r\n");
  const auto is_head = method == "HEAD";
  // The head of a slow client may meet its deadline.
  s.expected.push_back({is_head, what.is_calm && s.oddity != twist::octet_by_octet, false,
                        is_head ? std::optional<std::string>{} : what.content, s.octets.size()});
}

// A response that fills a window that nobody reads, ahead of the request that matters.
void add_large_get(scenario& s, generator& random) {
  const auto size = between<std::size_t>(random, 100'000, 300'000);
  const auto is_stream = one_in(random, 2);
  add_get(s, {(is_stream ? "/stream/" : "/sized/") + std::to_string(size), false, pattern(size)},
          "GET", " HTTP/1.1", random);
}

void add_malformed(scenario& s, generator& random) {
  s.octets.append(one_of(
    random, "GET / HTTP/1.1\r\n\r\n", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "nonsense\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
    "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"));
  s.expected.push_back({false, false, true, std::nullopt, s.octets.size()});
}

void add_smuggling(scenario& s, generator& random) {
  s.octets.append("POST /echo/loop HTTP/1.1\r\nHost: soak\r\n");
  s.octets.append(one_of(random, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                         "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n",
                         "Transfer-Encoding: chunked, identity\r\n",
                         "Transfer-Encoding: xchunked\r\n",
                         "Content-Length: 99999999999999999999999\r\n"));
  s.octets.append("\r\n");
  s.expected.push_back({false, false, true, std::nullopt, s.octets.size()});
  s.octets.append("0\r\n\r\nGET /plain HTTP/1.1\r\nHost: soak\r\n\r\n");
}

void add_upload(scenario& s, generator& random) {
  const auto content = pattern(s.oddity == twist::too_large
                                 ? between<std::size_t>(random, 70'000, 400'000)
                                 : draw_size(random));
  auto what = choose_upload(s, digest(content.size(), hash_on(hash_start, content)), random);
  if (s.oddity == twist::too_large)
    what = {"/limited", false, std::nullopt};
  s.target = what.target;
  s.octets.append(one_of(random, "POST ", "PUT ")).append(what.target).append(" HTTP/1.1\r\n");
  s.octets.append("Host: soak\r\n");
  if (s.oddity == twist::expects)
    s.octets.append("Expect: 100-continue\r\n");
  const auto is_bad = s.oddity == twist::bad_chunk && s.form == content::chunked;
  if (s.form == content::chunked)
    s.octets.append("Transfer-Encoding: chunked\r\n\r\n");
  else
    s.octets.append("Content-Length: ").append(std::to_string(content.size())).append("\r\n\r\n");
  const auto is_calm = what.is_calm && !is_bad && s.oddity != twist::octet_by_octet;
  s.expected.push_back(
    {false, is_calm, s.oddity == twist::too_large, what.content, s.octets.size()});
  if (s.oddity == twist::expects)
    s.gates.push_back({s.octets.size(), gate::kind::interim, s.expected.size()});
  s.octets.append(s.form == content::chunked ? chunked(content, random, is_bad) : content);
}

void add_request(scenario& s, generator& random) {
  if (s.oddity == twist::malformed)
    return add_malformed(s, random);
  if (s.oddity == twist::smuggling)
    return add_smuggling(s, random);
  if (s.form != content::none)
    return add_upload(s, random);
  const auto what = choose_get(s, random);
  s.target = what.target;
  // The head of HTTP/1.0 asks for the end of the connection: nothing may follow.
  const auto is_old = s.oddity == twist::expects;
  add_get(s, what, one_in(random, 8) ? "HEAD" : "GET", is_old ? " HTTP/1.0" : " HTTP/1.1", random);
}

} // namespace

void write_http(scenario& s, generator& random) {
  if (s.leaves == parting::window_full) {
    for (auto left = between(random, 1, 3); left > 0; --left)
      add_large_get(s, random);
    return add_request(s, random);
  }
  const auto is_odd = s.oddity == twist::malformed || s.oddity == twist::smuggling
                      || s.oddity == twist::expects;
  const auto before = s.oddity == twist::pipelined ? between(random, 1, 8)
                      : one_in(random, 2)          ? between(random, 1, 3)
                                                   : 0;
  for (auto left = before; left > 0; --left) {
    const choice small{"/plain", true, "plain"};
    if (is_odd || one_in(random, 2))
      add_get(s, small, "GET", " HTTP/1.1", random);
    else
      add_request(s, random);
    // What is pipelined behind a request that ends the connection has no answer.
    if (!s.expected.back().is_calm)
      return;
    if (s.oddity != twist::pipelined)
      s.gates.push_back({s.octets.size(), gate::kind::responses, s.expected.size()});
  }
  add_request(s, random);
}

} // namespace sluice::soak
