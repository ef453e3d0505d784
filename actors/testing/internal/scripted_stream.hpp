#pragma once

#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/net/transport.hpp"
#include "sluice/actors/testing/peer_view.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// The two kernels between a connection and a scripted client, and the client. Shared by the
/// connection's transport, which may be destroyed first, and the fixture.
class scripted_stream {
public:
  /// Octets that fit each way.
  static constexpr std::size_t room = 64 * 1024;

  // -- the client's side, as connection_fixture has it
  void send(std::string_view octets);
  void shutdown_write();
  void close();
  void reset();
  void vanish() noexcept { client_ = side::vanished; }
  void time_out();
  void stop_reading() noexcept { is_reading_ = false; }
  void read_on();

  // -- the server's side
  void watch(io_handler& handler) noexcept;
  void unwatch() noexcept { handler_ = nullptr; }
  [[nodiscard]] transport::result read(std::span<std::byte> buffer) noexcept;
  [[nodiscard]] transport::result write(std::span<const iovec> vectors) noexcept;
  [[nodiscard]] std::vector<std::byte> look(std::size_t most) const;
  [[nodiscard]] std::size_t readable() const noexcept { return arrived_.size(); }
  /// Octets that the client has not taken yet.
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.size(); }
  /// Octets that were peeked at so far, each as often as it was.
  [[nodiscard]] std::size_t peeked() const noexcept { return peeked_; }
  [[nodiscard]] int take_error() noexcept;
  void shut_down() noexcept { seen_.saw_end = true; }
  void end(bool abruptly) noexcept;

  /// Tells the handler what has become ready since. @returns whether there was anything
  bool tell();
  [[nodiscard]] const peer_view& seen() const noexcept { return seen_; }

private:
  enum class side : std::uint8_t {
    there,
    shut,     ///< it sends no more
    closed,   ///< and takes no more
    vanished, ///< nothing is heard of it
  };

  void arrive();
  void take(std::string_view octets);
  void break_off(int error);

  io_handler* handler_ = nullptr;
  readiness ready_ = readiness::none; ///< to tell
  std::string waiting_;               ///< at the client: no room in the server's kernel
  std::string arrived_;               ///< in the server's kernel
  std::string in_flight_;             ///< on the way to a client that does not read
  bool is_reading_ = true;
  side client_ = side::there;
  bool end_arrived_ = false;
  int error_ = 0;           ///< what broke it off; stays
  bool is_told_ = false;    ///< take_error has told it
  bool is_starved_ = false; ///< the server was told that there is no room
  peer_view seen_;
  mutable std::size_t peeked_ = 0;
};

/// The connection's end of a scripted stream.
class scripted_transport final : public transport {
public:
  explicit scripted_transport(std::shared_ptr<scripted_stream> stream) noexcept
    : stream_{std::move(stream)} {}
  ~scripted_transport() override { close(); }

  [[nodiscard]] int watch(event_loop&, io_handler& handler) override {
    stream_->watch(handler);
    return 0;
  }
  void unwatch(event_loop&, io_handler&) noexcept override { stream_->unwatch(); }
  [[nodiscard]] result read(std::span<std::byte> buffer) noexcept override {
    return stream_->read(buffer);
  }
  [[nodiscard]] result write(std::span<const iovec> vectors) noexcept override {
    return stream_->write(vectors);
  }
  [[nodiscard]] known can_bring(std::size_t octets) const noexcept override {
    return stream_->readable() >= octets ? known::yes : known::no;
  }
  [[nodiscard]] bool can_look() const noexcept override { return true; }
  [[nodiscard]] std::vector<std::byte> look(std::size_t most) const override {
    return stream_->look(most);
  }
  [[nodiscard]] kernel_octets in_kernel() const noexcept override {
    return {stream_->readable(), stream_->in_flight()};
  }
  [[nodiscard]] int take_error() noexcept override { return stream_->take_error(); }
  [[nodiscard]] next shutdown_write() noexcept override {
    stream_->shut_down();
    return next::more;
  }
  void close() noexcept override { end(false); }
  void abort() noexcept override { end(true); }

private:
  void end(bool abruptly) noexcept {
    if (!is_closed_)
      stream_->end(abruptly);
    is_closed_ = true;
  }

  std::shared_ptr<scripted_stream> stream_;
  bool is_closed_ = false;
};

} // namespace sluice::testing
