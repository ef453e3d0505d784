#pragma once

#include "sluice/actors/loop/time_source.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What can come to pass on a connection. The names in a record are those of the enumerators.
enum class flight_event : std::uint8_t {
  received,     ///< octets of the client's were read
  peer_end,     ///< the client has shut down its side
  sent,         ///< octets left for the kernel
  network_full, ///< the kernel has no room for more
  request,      ///< a head was complete: "POST /path" and what content follows it
  started,      ///< a handler
  chunk,        ///< delivered to it
  text,         ///< a message, or a part of one, delivered to it
  binary,
  content_end,  ///< it was told so, or that its WebSocket was closed by the client
  acknowledged, ///< what was delivered
  ignored,      ///< an acknowledgement that earned no credit
  refused,      ///< something that it has sent, and why
  cancelled,    ///< it was told to end, and why
  killed,
  ended,    ///< and why, if it failed
  failed,   ///< the application's code, and how
  closed,   ///< by us
  aborted,  ///< by us
  left_out, ///< events that there was no room for, with so many octets to be made up: received, or
            ///< delivered where no content is kept
};

[[nodiscard]] std::string_view to_string(flight_event what) noexcept;

/// One event.
struct flight_entry {
  duration at{}; ///< since the connection began
  flight_event what = flight_event::received;
  std::uint64_t octets = 0;
  std::string words;
  std::string content; ///< the octets themselves, as many as were kept
};

/// The last events of one connection: times and sizes, and content if there is room for any. When it
/// is full, earlier requests are forgotten first; of a single one the beginning and the end are kept.
class flight_record {
public:
  /// Octets of `flight_entry::words` that are kept.
  static constexpr std::size_t most_words = 200;

  /// `events`: at most so many are kept, at least 8; `content`: so many octets of a request, and as
  /// many of what follows its answer.
  flight_record(std::string peer, std::size_t events, std::size_t content)
    : peer_{std::move(peer)}, most_events_{events}, most_content_{content} {}

  void add(duration at, flight_event what, std::uint64_t octets = 0, std::string_view words = {});
  /// Octets that were received.
  void add_received(duration at, std::string_view octets);

  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  [[nodiscard]] const std::deque<flight_entry>& entries() const noexcept { return entries_; }
  /// Whether content was kept of what was received.
  [[nodiscard]] bool has_content() const noexcept { return most_content_ > 0; }

  /// As it is written to a file: a line for each event. docs/reference/record.md
  [[nodiscard]] std::string text() const;
  /// Reads what `text` gives. Throws std::runtime_error, with the line that it can't read.
  [[nodiscard]] static flight_record parse(std::string_view text);

private:
  bool forget_earlier_requests();
  void leave_out_one();
  [[nodiscard]] std::uint64_t octets_left_out(const flight_entry& which) const noexcept;
  void forget(std::size_t first, std::size_t last);

  std::string peer_;
  std::size_t most_events_;
  std::size_t most_content_;
  std::size_t content_ = 0;  ///< octets kept
  std::size_t requests_ = 0; ///< among the entries
  bool is_answered_ = false; ///< something was sent since the last request
  std::deque<flight_entry> entries_;
};

} // namespace sluice
