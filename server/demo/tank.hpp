#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// To the handler of a tank: what it is to take from now on.
struct tank_rate {
  std::uint64_t octets_a_second = 0; ///< 0: nothing, until it is told otherwise
};

/// To those who watch a tank: its handler has ended.
struct tank_ended {};

/// A WebSocket whose handler takes octets at a rate that others may change. Its handler writes the
/// figures, any thread reads them.
struct tank {
  enum class state : std::uint8_t { open, ended };

  /// How it looks from outside.
  struct picture {
    tank::state is = state::open;
    std::uint64_t taken = 0;        ///< octets
    std::uint64_t with_handler = 0; ///< octets that it was given and has not taken
    std::string_view reason;        ///< why it ended; empty: it has not
    std::string peer;               ///< of its connection
    std::uint64_t handler = 0;      ///< the id of its handler's actor
  };

  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> with_handler{0};
};

/// The tanks of a server, each known by an id that its client chose. Thread-safe.
///
/// An ended one is remembered until its place is wanted: that of the one that ended first goes
/// first.
class tanks {
public:
  /// Tanks that are known at the same time, open or ended.
  static constexpr std::size_t most = 64;
  /// Those who are told of one tank's end; beyond it the first of them are not.
  static constexpr std::size_t most_watchers = 64;
  enum class telling : std::uint8_t { told, unknown, ended };

  /// Whether a further one may be opened.
  [[nodiscard]] bool has_room() const;
  /// Makes a tank known. `handler`: who is told of its rate.
  /// @returns null if there are as many as may be, or an open one has this id
  [[nodiscard]] std::shared_ptr<tank> open(std::string id, const caf::actor& handler,
                                           std::string peer);
  /// Its handler has ended. Tells those who watch it. `reason`: a literal
  void end(const tank& which, std::string_view reason) noexcept;

  [[nodiscard]] telling set_rate(std::string_view id, tank_rate wanted);
  /// Has `who` sent a `tank_ended` when the tank ends. Once is enough; nothing happens if there is
  /// no such tank, or it has ended.
  void watch(std::string_view id, const caf::weak_actor_ptr& who);
  /// @returns nothing if there is no such tank
  [[nodiscard]] std::optional<tank::picture> look(std::string_view id) const;

private:
  struct entry {
    std::string id;
    std::shared_ptr<tank> figures;
    std::string peer;
    std::uint64_t handler_id = 0;
    caf::weak_actor_ptr handler; ///< null once it has ended
    std::string_view reason;
    std::vector<caf::weak_actor_ptr> watchers;
    [[nodiscard]] bool is_open() const noexcept { return reason.empty(); }
  };

  mutable std::mutex lock_; ///< held for a look through `all_`, never while anybody is told
  std::vector<entry> all_;  ///< the ended ones in the order of their ends
};

} // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::tank_rate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::tank_ended)
