#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sluice {

class flight_record;

enum class severity : std::uint8_t { debug, information, warning, error };

/// One request or WebSocket that has ended. Views are valid during the call.
struct access_record {
  std::string_view peer;
  std::string_view method;
  std::string_view target;
  std::string_view route;            ///< pattern of the route; empty if none matched
  std::uint16_t status = 0;          ///< 101 for a WebSocket; 0 when no response began
  std::uint64_t octets_received = 0; ///< content, or payload data
  std::uint64_t octets_sent = 0;     ///< on the wire, framing included
  std::chrono::nanoseconds took{0};
  std::string_view outcome;    ///< "complete", a cancel reason, or what went wrong
  std::string_view protocol;   ///< "HTTP/1.1", "HTTP/1.0" or "WebSocket"
  std::string_view user_agent; ///< the field's value; empty: none
  std::string_view request_id;
  std::string_view trace_id; ///< 32 hexadecimal digits
};

/// What is to be said of one request or WebSocket while it lasts, by its handler or about it. Views
/// are valid during the call.
struct request_report {
  severity level = severity::information;
  std::string_view text;
  std::string_view route; ///< pattern of the route; empty if none matched
  std::string_view request_id;
};

/// Where connections report to. Called from every event loop: implementations are thread-safe and
/// do not block.
class journal {
public:
  virtual ~journal() = default;
  virtual void access(const access_record&) {}
  virtual void report(severity, std::string_view) {}
  virtual void report_of(const request_report& said) { report(said.level, said.text); }
  /// Takes the record of a connection whose handler has failed.
  virtual void keep(const flight_record&) {}
  /// Whether it would now.
  [[nodiscard]] virtual bool wants_record() const noexcept { return false; }
  /// Whether `access` does anything: spares the work of filling records.
  [[nodiscard]] virtual bool wants_access() const noexcept { return false; }
};

} // namespace sluice
