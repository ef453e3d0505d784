#pragma once

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {

class socket_actor;

/// All connections of a loop, kept alive until their actors have ended. Confined to its loop.
class roster {
public:
  /// The place of a connection in its roster.
  class entry {
    friend roster;
    std::size_t roster_place_ = 0;
  };

  roster() = default;
  roster(const roster&) = delete;
  roster& operator=(const roster&) = delete;

  /// Makes room for one more, so that `add` needs no memory.
  void reserve_one();
  /// @pre `who` is a socket_actor
  void add(caf::strong_actor_ptr who) noexcept;
  /// The last takes its place. May destroy it.
  void remove(socket_actor& which) noexcept;
  void clear() noexcept { all_.clear(); }

  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
  [[nodiscard]] socket_actor& at(std::size_t place) const noexcept;

  /// Calls with each, from the last to the first. A call may remove its connection, and add others.
  template <class Call>
  void for_each(Call call) {
    for (auto place = size(); place > 0;)
      call(at(--place));
  }

private:
  std::vector<caf::strong_actor_ptr> all_;
};

} // namespace sluice
