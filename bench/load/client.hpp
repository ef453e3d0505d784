#pragma once

#include "bench/load/measurement.hpp"
#include "bench/load/poller.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

/// One connection to the server. A mode derives from it what its clients do.
class client {
public:
  client(poller& events, measurement& result) noexcept;
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  virtual ~client();

  /// Connects; what is sent before the connection stands, leaves then.
  void open();
  /// Ends the connection with a FIN behind what is unsent.
  void close() noexcept;
  /// Ends the connection with a RST, at once. Nobody is left in TIME_WAIT.
  void reset() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return socket_ >= 0; }

  /// What the poller has seen.
  void on_events(std::uint32_t events);

  /// Called every ten milliseconds or so.
  virtual void on_tick() {}

protected:
  /// The connection was begun.
  virtual void on_open() = 0;
  /// Octets have come: at most what the poller's buffer takes, or limit_reads() says.
  virtual void on_octets(std::string_view octets) = 0;
  /// What was given to send() has left; on_sending() has heard of every part of it.
  virtual void on_sent() {}
  virtual void on_sending(std::size_t) {}
  /// The server has ended the connection; it is closed already. Where that is no error, override.
  virtual void on_end();

  /// Sends `octets`, which outlive it. @pre what was sent before has left
  void send(std::string_view octets);
  /// Octets that on_octets() gets at most; 0 stops reading.
  void limit_reads(std::size_t most);
  /// Ends the connection and counts an error.
  void fail(std::string_view why);

  [[nodiscard]] measurement& result() noexcept { return result_; }

private:
  void flush();
  void receive();
  void watch();
  void end();

  poller& events_;
  measurement& result_;
  int socket_ = -1;
  std::uint32_t watched_ = 0;
  std::size_t read_limit_;
  std::string_view unsent_;
  bool is_flushing_ = false;
};

} // namespace bench
