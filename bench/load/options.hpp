#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace bench {

/// What a client that dies does with its socket.
enum class death { reset, close };

/// What the load generator is told on its command line.
struct options {
  std::string mode;          ///< names what the clients do
  std::uint16_t port = 8080; ///< of the server, on 127.0.0.1
  std::string target;        ///< of the requests; empty: what the mode is for
  pid_t server = 0;          ///< its CPU time and memory are told, children included; 0: none
  std::size_t clients = 64;
  std::size_t depth = 1;                  ///< requests or messages that a client sends at once
  std::size_t size = 64;                  ///< octets of a WebSocket message
  bool is_text = false;                   ///< of a WebSocket message
  std::uint64_t octets = 1 << 30;         ///< of an uploaded body
  std::size_t chunk = 0;                  ///< octets of a chunk of it; 0: with a Content-Length
  bool is_counted = true;                 ///< whether the answer to an upload is its octets
  bool is_web_socket = false;             ///< for the modes `idle` and `kill`
  std::uint64_t rate = 0;                 ///< octets a second that a client reads; 0: all it can
  std::uint64_t sent = 0;                 ///< mode `kill`: octets before death; 0: until it stalls
  death way = death::reset;               ///< mode `kill`
  std::uint64_t operations = 0;           ///< that end the window before its time; 0: none
  std::chrono::milliseconds length{5000}; ///< of the measured window
  std::chrono::milliseconds warm_up{500}; ///< before it
  std::uint64_t memory_cap = 0; ///< octets of resident memory that end the run early; 0: none
};

/// Reads the command line; prints help or what is wrong.
/// @returns the exit status if the program is to end now
[[nodiscard]] std::optional<int> read_options(int argc, char** argv, options& target);

} // namespace bench
