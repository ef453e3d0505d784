#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <sys/uio.h>

namespace sluice {

class event_loop;
class io_handler;

/// An answer that may not be known.
enum class known : std::uint8_t { no, yes, unknown };

/// A stream of octets between us and one peer, non-blocking: a socket's, or what is carried by one.
/// It says what comes next, so that nobody has to infer it from how much came.
class transport {
public:
  /// What comes after a read or a write.
  enum class next : std::uint8_t {
    more,   ///< ask again: there may be more octets, or more room
    dry,    ///< wait to be told
    end,    ///< read: the peer has shut down its side; each further read says so again
    failed, ///< nothing: `error` is final for the connection
  };
  struct result {
    std::size_t octets = 0; ///< none at the end, and none where it failed
    next then = next::dry;
    int error = 0; ///< errno, if it failed
  };

  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;

  /// Starts to tell `handler`, on `loop`, what has come about. @returns errno if the kernel refuses
  [[nodiscard]] virtual int watch(event_loop& loop, io_handler& handler) = 0;
  /// Tells it nothing more.
  virtual void unwatch(event_loop& loop, io_handler& handler) noexcept = 0;

  [[nodiscard]] virtual result read(std::span<std::byte> buffer) noexcept = 0;
  /// Never raises SIGPIPE (S46).
  [[nodiscard]] virtual result write(std::span<const iovec> vectors) noexcept = 0;

  /// Whether `octets` more can be read of what has come to this machine.
  [[nodiscard]] virtual known can_bring(std::size_t octets) const noexcept = 0;
  /// Whether `look` shows all that has come.
  [[nodiscard]] virtual bool can_look() const noexcept = 0;
  /// Copies what has come, at most `most` octets, without taking it; nothing where one can't look.
  [[nodiscard]] virtual std::vector<std::byte> look(
    std::size_t most = std::numeric_limits<std::size_t>::max()) const = 0;
  /// Octets in the kernel, for who wants to see them; zero where nobody can say.
  struct kernel_octets {
    std::size_t unread = 0;
    std::size_t unsent = 0; ///< not acknowledged by the peer
  };
  [[nodiscard]] virtual kernel_octets in_kernel() const noexcept { return {}; }
  /// What went wrong, as is told once; 0: nothing.
  [[nodiscard]] virtual int take_error() noexcept = 0;
  /// What both sides have agreed to speak (RFC 7301); empty: nothing was agreed.
  [[nodiscard]] virtual std::string_view application_protocol() const noexcept { return {}; }

  /// Says that nothing more is written. @returns `dry` if this has to wait until there is room:
  /// call it again then
  [[nodiscard]] virtual next shutdown_write() noexcept = 0;
  virtual void close() noexcept = 0;
  /// Closes so that the peer sees a reset, never a clean end.
  virtual void abort() noexcept = 0;
};

} // namespace sluice
