#include "sluice/actors/connection/roster.hpp"

#include "sluice/actors/connection/socket_actor.hpp"

namespace sluice {

void roster::reserve_one() {
  if (all_.size() == all_.capacity())
    all_.reserve(all_.size() * 2 + 8);
}

void roster::add(caf::strong_actor_ptr who) noexcept {
  all_.push_back(std::move(who));
  at(size() - 1).roster_place_ = size() - 1;
}

void roster::remove(socket_actor& which) noexcept {
  const auto place = which.roster_place_;
  const auto gone = std::exchange(all_[place], std::move(all_.back())); // goes last
  all_.pop_back();
  if (place < size())
    at(place).roster_place_ = place;
}

socket_actor& roster::at(std::size_t place) const noexcept {
  return *static_cast<socket_actor*>(all_[place]->get());
}

} // namespace sluice
