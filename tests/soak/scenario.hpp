#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::soak {

using generator = std::mt19937_64;

// The axes of the matrix in SEMANTICS.md.

/// What the client sends.
enum class content : std::uint8_t { none, length, chunked, text, binary, fragmented };
/// When the handler acknowledges it.
enum class reply : std::uint8_t { at_once, late, never };
/// How the client leaves. `polite` stands beside the matrix: it goes once all is said.
enum class parting : std::uint8_t { polite, fin, half_close, reset, vanish, window_full };
/// When it leaves.
enum class moment : std::uint8_t { before_head_end, mid_content, after_content, mid_response };
/// What is odd about what it sends.
enum class twist : std::uint8_t {
  none,
  octet_by_octet,  ///< slowly, in tiny pieces
  pipelined,       ///< several requests without waiting
  expects,         ///< waits for 100 Continue
  malformed,       ///< a head that must be refused
  smuggling,       ///< framing that must be refused
  bad_chunk,       ///< chunked content that must be refused
  too_large,       ///< more content, or a larger message, than allowed
  ping_flood,      ///< many Pings
  broken_protocol, ///< a frame that must be refused
  early_frames,    ///< frames right behind the opening handshake
};

inline constexpr std::size_t content_count = 6;
inline constexpr std::size_t reply_count = 3;
inline constexpr std::size_t parting_count = 6;
inline constexpr std::size_t moment_count = 4;
inline constexpr std::size_t twist_count = 11;
inline constexpr std::size_t cell_count = content_count * reply_count * parting_count
                                          * moment_count;

[[nodiscard]] std::string_view to_string(content value) noexcept;
[[nodiscard]] std::string_view to_string(reply value) noexcept;
[[nodiscard]] std::string_view to_string(parting value) noexcept;
[[nodiscard]] std::string_view to_string(moment value) noexcept;
[[nodiscard]] std::string_view to_string(twist value) noexcept;

/// What one request may be answered with.
struct expectation {
  bool is_head = false; ///< no content comes
  /// Nothing but 200 will do, unless a fault was on.
  bool is_calm = false;
  /// It must be refused: any error, then the end.
  bool is_refused = false;
  std::optional<std::string> content; ///< of a 200
  std::size_t head_end = 0;           ///< in scenario::octets: where the request's head ends
};

/// Octets behind `position` are sent once enough has come back.
struct gate {
  enum class kind : std::uint8_t { responses, interim, upgrade, messages };
  std::size_t position = 0;
  kind waits_for = kind::responses;
  std::size_t count = 0;
};

/// All that one connection does. The same seed makes the same scenario.
struct scenario {
  std::uint64_t seed = 0;
  soak::content form = content::none;
  soak::reply acknowledged = reply::at_once;
  parting leaves = parting::polite;
  moment when = moment::after_content;
  soak::twist oddity = twist::none;
  std::string target;

  std::string octets;                 ///< all that it would send
  std::size_t cut = 0;                ///< the part of `octets` that it does send
  std::size_t most_at_once = 0;       ///< octets in one write
  std::chrono::milliseconds pause{0}; ///< between two writes
  std::chrono::milliseconds hold{0};  ///< how long it is vanished, or does not read
  bool drains = false;                ///< after a full window: reads on, instead of going
  std::vector<gate> gates;

  std::vector<expectation> expected; ///< of HTTP requests, in order
  bool is_web_socket = false;
  bool is_calm = false;            ///< a WebSocket that must come to its end as told
  std::vector<std::string> echoes; ///< messages that must come back, in order
};

[[nodiscard]] inline bool is_web_socket(content form) noexcept {
  return form >= content::text;
}
[[nodiscard]] inline std::size_t cell_of(const scenario& s) noexcept {
  auto cell = static_cast<std::size_t>(s.form);
  cell = cell * reply_count + static_cast<std::size_t>(s.acknowledged);
  cell = cell * parting_count + static_cast<std::size_t>(s.leaves);
  return cell * moment_count + static_cast<std::size_t>(s.when);
}

[[nodiscard]] scenario draw(std::uint64_t seed);
/// For an anomaly's line.
[[nodiscard]] std::string describe(const scenario& of);

// -- what client and server agree on ----------------------------------------------

/// How long the server waits for a request: who is slower, on a busy machine, finds it gone.
inline constexpr std::chrono::milliseconds keep_alive{1500};

/// Content that both sides can compute.
[[nodiscard]] std::string pattern(std::size_t octets);
/// FNV-1a, piece by piece.
inline constexpr std::uint64_t hash_start = 14695981039346656037U;
[[nodiscard]] std::uint64_t hash_on(std::uint64_t hash, std::string_view piece) noexcept;
/// What a handler that has read all content answers.
[[nodiscard]] std::string digest(std::uint64_t octets, std::uint64_t hash);

// -- the two halves of draw ---------------------------------------------------------

void write_http(scenario& s, generator& random);
void write_web_socket(scenario& s, generator& random);

/// Evenly from `low` to `high`, both included.
template <class Integer>
[[nodiscard]] Integer between(generator& random, Integer low, Integer high) {
  return std::uniform_int_distribution<Integer>{low, high}(random);
}
[[nodiscard]] inline bool one_in(generator& random, int n) {
  return between(random, 1, n) == 1;
}
template <class... Choice>
[[nodiscard]] std::string one_of(generator& random, Choice... choices) {
  const std::string all[] = {choices...};
  return all[between<std::size_t>(random, 0, sizeof...(choices) - 1)];
}

} // namespace sluice::soak
