#pragma once

#include "sluice/actors/connection/client_credit.hpp"
#include "sluice/actors/connection/deadlines.hpp"

#include <cstdint>
#include <optional>

namespace sluice {

struct route_tally;
struct settled_route;
struct wait_tally;

/// What somebody who is waited for is granted.
struct terms {
  duration time = duration::zero(); ///< zero: no deadline
  std::uint64_t rate = 0; ///< of content and of output, octets a second that refill the time; 0:
                          ///< any octet does
};

/// What the party that is waited for under `which` is granted on `route`. A wait that is no route's
/// is granted nothing.
[[nodiscard]] terms terms_of(const settled_route& route, wait which) noexcept;

/// Who is waited for.
struct open_wait {
  wait which{};
  time_point since{};              ///< when that began, or who is waited for has moved last
  std::optional<time_point> until; ///< the deadline, if there is one
};

// Nobody, or one account is open: the client's, the handler's or the network's. `settle` closes one
// and opens the next. An account whose owner has moved is opened anew; one that only our own output
// interrupted goes on with what it had left.

/// Whose time runs. One account is open at a time: while octets wait to leave it is the network's
/// (`wait::write`), else the one that the connection names. Beside it run clocks that are started
/// by hand: linger, probes, the answer to a Close. Reads no clock, and sets no timer.
class accounts {
public:
  /// The party that is waited for under `which` has moved: its time starts anew.
  void note_progress(wait which) noexcept { moved_ |= bit_of(which); }
  /// The client has sent `octets` of content, or of a message.
  void note_content(std::uint64_t octets) noexcept {
    content_.on_octets(octets);
    note_progress(wait::content);
  }
  /// The network has taken `octets` of our output.
  void note_sent(std::uint64_t octets) noexcept {
    write_.on_octets(octets);
    note_progress(wait::write);
  }
  /// What is asked of the client is new: a request, a message. Its time for content is whole.
  void renew_content() noexcept {
    content_.renew();
    // An account that is open is not to bring back, when it is closed, what it had left before.
    clocks_.stop(wait::content);
    note_progress(wait::content);
  }
  /// All output has left: the network's time is whole.
  void renew_output() noexcept { write_.renew(); }

  /// Opens the account of `next`, if it is not open, and closes the one that was. `terms_of` says
  /// what `next` has, and `tally_of` at which route it is noted, if at any; they are asked only where
  /// an account is opened.
  template <class TermsOf, class TallyOf>
  void settle(std::optional<wait> next, time_point now, TermsOf terms_of, TallyOf tally_of) {
    if (next != open_ || (next && has_moved(*next)))
      change(next, now, next ? terms_of(*next) : terms{},
             next && *next != wait::keep_alive ? tally_of(*next) : nullptr);
    if (interrupted_.is_any && has_moved(interrupted_.which))
      interrupted_ = {}; // who moved while octets waited has its whole time again
    moved_ = 0;
  }
  /// Closes the account that is open: what it was for is over.
  void close_all(time_point now) noexcept { change(std::nullopt, now, {}, nullptr); }

  /// Whose time runs, if anybody's does.
  [[nodiscard]] std::optional<open_wait> awaited() const noexcept;

  /// The clocks beside the accounts. A length of zero: none
  void start(wait which, time_point now, duration length) noexcept {
    clocks_.start(which, now, length);
    if (which == wait::linger || which == wait::close_answer)
      since_beside_ = now;
  }
  void stop(wait which) noexcept { clocks_.stop(which); }
  [[nodiscard]] bool is_running(wait which) const noexcept { return clocks_.is_running(which); }
  /// Nobody is waited for any more.
  void stop_all(time_point now) noexcept;

  /// When to look again; far away if there is no need.
  [[nodiscard]] time_point next() const noexcept {
    return clocks_.next().value_or(time_point::max());
  }
  /// Takes one whose time is up; it stops, and with it the account.
  [[nodiscard]] std::optional<wait> take_expired(time_point now) noexcept;

private:
  void note_wait(time_point now) const noexcept;
  static constexpr unsigned bit_of(wait which) noexcept {
    return 1U << static_cast<unsigned>(which);
  }
  [[nodiscard]] bool has_moved(wait which) const noexcept { return (moved_ & bit_of(which)) != 0; }
  void change(std::optional<wait> next, time_point now, const terms& has,
              route_tally* noted) noexcept;
  void close(std::optional<wait> next, time_point now) noexcept;
  [[nodiscard]] client_credit* credit_of(wait which) noexcept;

  deadlines clocks_;
  client_credit content_;
  client_credit write_;
  std::optional<wait> open_;
  unsigned moved_ = 0;          ///< a bit for each wait whose time starts anew
  wait_tally* noted_ = nullptr; ///< where the open account is
  time_point opened_{};         ///< since when it is open
  time_point since_{};          ///< the same, and whatever interrupted it
  time_point since_beside_{};   ///< when a clock beside the accounts was started
  /// The wait that octets on their way have interrupted, and what is left of its time.
  struct {
    bool is_any = false;
    wait which{};
    duration left{}; ///< zero: it had no deadline
    time_point since{};
  } interrupted_;
};

} // namespace sluice
