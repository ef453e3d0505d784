#pragma once

#include "sluice/actors/connection/asker.hpp"
#include "sluice/actors/connection/output_queue.hpp"
#include "sluice/actors/connection/send_window.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/protocol/memory/fifo.hpp"
#include "sluice/protocol/octets.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <sys/uio.h>

namespace sluice {

/// What a connection has to send: octets in the order in which they leave, octets that are promised
/// and not yet in their order, and who waits until octets have left. All are held to one cap (S47).
/// Knows no socket and answers nobody.
class outbox {
public:
  /// `limits`: outlives it.
  explicit outbox(const settings& limits) noexcept : window_{limits} {}

  // -- octets -----------------------------------------------------------------

  void push(std::string text);
  void push(octets run);
  /// Queues control octets, which may use the reserve. @returns false if even that is full: nothing
  /// is queued
  [[nodiscard]] bool push_control(std::string text);

  /// Text that is written where it is to stay; queued by `commit`, else as if it had not been.
  class draft {
  public:
    explicit draft(outbox& owner) : owner_{owner}, draft_{owner.queue_} {}
    [[nodiscard]] std::string& text() noexcept { return draft_.text(); }
    [[nodiscard]] std::size_t size() const noexcept { return draft_.size(); }
    void commit() {
      draft_.commit();
      owner_.note_queued();
    }

  private:
    outbox& owner_;
    output_queue::draft draft_;
  };

  /// Octets that somebody else holds until their turn, and that count towards the cap like queued
  /// ones.
  void promise(std::size_t octets) noexcept { promised_ += octets; }
  /// They were queued, or will never be. @pre promised
  void redeem(std::size_t octets) noexcept { promised_ -= octets; }

  /// Whether `octets` more of unsent data are within the cap (S47), and one more answer may wait.
  [[nodiscard]] bool admits(std::size_t octets) const noexcept {
    return answers_.size() < most_waiting_sends && window_.admits(all_unsent(), octets);
  }
  /// Whether `octets` may start a response: what is left of the responses before it, at most
  /// low_water, takes no room from it.
  [[nodiscard]] bool admits_first(std::size_t octets) const noexcept {
    return window_.admits(0, octets);
  }
  /// Whether so much waits to be sent that the peer is not to be read: what it asks for, an answer
  /// to a Ping even, would find no room (S31).
  [[nodiscard]] bool is_flooded() const noexcept {
    constexpr std::size_t largest_control_frame = 2 + 125; // unmasked
    return window_.is_paused() || !window_.admits_control(all_unsent(), largest_control_frame);
  }

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }
  [[nodiscard]] std::size_t unsent() const noexcept { return queue_.unsent(); }
  [[nodiscard]] bool has_promises() const noexcept { return promised_ > 0; }
  [[nodiscard]] std::uint64_t queued_total() const noexcept { return queue_.queued_total(); }
  [[nodiscard]] std::uint64_t sent_total() const noexcept { return queue_.sent_total(); }
  /// Unsent and promised octets as of the last `release`. Thread-safe.
  [[nodiscard]] std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }

  // -- answers ----------------------------------------------------------------

  /// `to` is answered once everything queued so far has left (S49).
  void answer_when_sent(asker to) { answers_.push_back({queue_.queued_total(), std::move(to)}); }
  /// Calls `answer` for each asker whose octets have left, who may send again at once: from another
  /// thread, too, so that `held` is brought up to date before.
  template <class Answer>
  void release(Answer answer) {
    held_.store(all_unsent(), std::memory_order_relaxed);
    while (!answers_.empty() && answers_.front().position <= queue_.sent_total()) {
      answer(answers_.front().to);
      answers_.pop_front();
    }
  }

  // -- for the socket ---------------------------------------------------------

  /// Lets what is queued wait for what is queued next (S51). @returns false if it waits already
  [[nodiscard]] bool hold() noexcept { return !std::exchange(is_on_hold_, true); }
  /// It waits no more. @returns false if it does not wait
  bool let_go() noexcept { return std::exchange(is_on_hold_, false); }
  [[nodiscard]] bool is_on_hold() const noexcept { return is_on_hold_; }

  /// Whether neither octets nor askers wait, and nobody else has reason to think so.
  [[nodiscard]] bool is_settled() const noexcept {
    return queue_.empty() && answers_.empty() && promised_ == 0 && held() == 0;
  }
  /// Fills `vectors` with the first unsent runs. @returns how many were filled
  [[nodiscard]] std::size_t gather(std::span<iovec> vectors) const noexcept {
    return queue_.gather(vectors);
  }
  /// The kernel has taken the first `octets` octets. @pre octets <= unsent()
  void on_sent(std::size_t octets) {
    queue_.advance(octets);
    window_.note(queue_.unsent());
  }
  /// Nothing more is sent: forgets what is unsent, and every asker's octets count as sent.
  void close() noexcept { queue_.clear(); }

private:
  /// What the cap holds for: octets that are queued, and promised ones.
  [[nodiscard]] std::size_t all_unsent() const noexcept { return queue_.unsent() + promised_; }

  struct unsent_answer {
    std::uint64_t position;
    asker to;
  };

  void note_queued() noexcept {
    is_on_hold_ = false;
    window_.note(queue_.unsent());
  }

  output_queue queue_;
  [[no_unique_address]] send_window window_;
  bool is_on_hold_ = false;
  std::size_t promised_ = 0;
  std::atomic<std::size_t> held_{0};
  fifo<unsent_answer> answers_;
};

} // namespace sluice
