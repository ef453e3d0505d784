#pragma once

#include "sluice/actors/messages/cancel_reason.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/testing/peer_view.hpp"
#include "sluice/protocol/http/fields.hpp"
#include "sluice/protocol/http/method.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

class scripted_stream;

/// What became of the handlers of one client's connection, one after the other.
struct handler_view {
  std::vector<std::string> delivered; ///< the content of each chunk or message, in order
  std::size_t acknowledged = 0;       ///< of these
  std::size_t ignored = 0;            ///< acknowledgements that earned no credit (S3)
  bool is_stalled = false;            ///< one is delivered and not acknowledged: nothing is read
  std::optional<cancel_reason> cancelled; ///< why, once a handler was told to end
  bool was_killed = false;                ///< it outlived its grace period
  std::vector<refusal> refused;           ///< what handlers sent in vain
  std::size_t started = 0;                ///< handlers
  std::size_t ended = 0;                  ///< of these
  std::string failure;                    ///< why the last that failed did; empty: none has
  std::vector<std::string> failures; ///< of the application's code, as the server would log them
  [[nodiscard]] bool is_alive() const noexcept { return started > ended; }
};

/// A response as a client reads it.
struct received_response {
  std::uint16_t status = 0;
  sluice::fields fields;
  std::string content;      ///< so far, without the chunked coding
  bool is_complete = false; ///< false: it goes on, or was cut off
};

/// A message as a WebSocket client reads it, put together from its frames.
struct received_message {
  message_kind kind = message_kind::text;
  std::string content;
  friend bool operator==(const received_message&, const received_message&) = default;
};

/// A client of a simulation. What it does waits, if need be, for room in the server's kernel; none
/// of its calls runs the server: simulation::run does.
class scripted_client {
public:
  explicit scripted_client(std::shared_ptr<scripted_stream> stream) noexcept;

  // -- HTTP -----------------------------------------------------------------------

  /// A whole request; a Content-Length is added if there is content.
  void send_request(method which, std::string_view target, std::string_view content = {},
                    const fields& head = {});
  void get(std::string_view target, const fields& head = {});
  /// The head of a request whose content follows in chunks.
  void begin_request(method which, std::string_view target, const fields& head = {});
  void send_chunk(std::string_view content);
  void end_chunks();
  /// The final responses so far, in order.
  [[nodiscard]] std::vector<received_response> responses() const;
  /// The last of them. Throws std::logic_error if there is none.
  [[nodiscard]] received_response response() const;

  // -- WebSocket ------------------------------------------------------------------

  /// The opening handshake.
  void open_web_socket(std::string_view target, const fields& head = {});
  void send_text(std::string_view text);
  void send_binary(std::string_view octets);
  void ping(std::string_view content = {});
  void send_close(std::uint16_t code = 1000, std::string_view reason = {});
  [[nodiscard]] std::vector<received_message> messages() const;
  /// The content of each Pong.
  [[nodiscard]] std::vector<std::string> pongs() const;
  /// The code of the server's Close, 1005 if it has none; nothing while there was no Close.
  [[nodiscard]] std::optional<std::uint16_t> close_code() const;

  // -- the stream -----------------------------------------------------------------

  /// Sends octets as they are.
  void send(std::string_view octets);
  void shutdown_write();
  /// Closes: with octets of the server's unread this resets, as TCP does.
  void close();
  void reset();
  /// Its host is gone: nothing is heard of it again.
  void vanish();
  /// The kernel gives a vanished host up.
  void time_out();
  /// From now on it takes nothing, until `read_on`.
  void stop_reading();
  void read_on();

  /// What it has seen: all octets, how the connection ended, whether its own sending is blocked.
  [[nodiscard]] const peer_view& seen() const noexcept;
  /// Octets of its own that the server has not read.
  [[nodiscard]] std::size_t unread_by_server() const noexcept;
  /// Octets in the server's kernel that it has looked at ahead of reading them, each as often as it
  /// has.
  [[nodiscard]] std::size_t peeked_by_server() const noexcept;
  [[nodiscard]] const handler_view& handler() const noexcept { return handler_; }
  /// Whether the server's side of the connection is open; and whether its actor is there.
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] bool is_served() const noexcept { return is_served_; }

private:
  friend class simulation;
  void send_frame(unsigned opcode, std::string_view payload);

  std::shared_ptr<scripted_stream> stream_;
  std::vector<bool> to_head_; ///< of each request: whether it was HEAD, whose response is a head
  handler_view handler_;
  bool is_open_ = false;
  bool is_served_ = false;
};

} // namespace sluice::testing
