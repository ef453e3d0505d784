#include "sluice/server/demo/tank.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {

namespace {

template <class Message>
bool tell(const caf::weak_actor_ptr& whom, Message what) {
  const auto alive = whom.lock();
  if (alive)
    caf::anon_send(caf::actor_cast<caf::actor>(alive), what);
  return alive != nullptr;
}

/// @returns the end if none is known by this id
template <class Entries>
auto find(Entries& all, std::string_view id) noexcept {
  return std::find_if(all.begin(), all.end(), [=](const auto& each) { return each.id == id; });
}

/// The one that ended first; the end if all are open.
template <class Entries>
auto find_ended(Entries& all) noexcept {
  return std::find_if(all.begin(), all.end(), [](const auto& each) { return !each.is_open(); });
}

} // namespace

bool tanks::has_room() const {
  const std::lock_guard hold{lock_};
  return all_.size() < most || find_ended(all_) != all_.end();
}

std::shared_ptr<tank> tanks::open(std::string id, const caf::actor& handler, std::string peer) {
  const std::lock_guard hold{lock_};
  auto place = find(all_, id);
  if (place == all_.end() && all_.size() >= most)
    place = find_ended(all_);
  const auto is_new = place == all_.end();
  if (is_new ? all_.size() >= most : place->is_open())
    return nullptr;
  auto made = std::make_shared<tank>();
  entry next{std::move(id),
             made,
             std::move(peer),
             handler.id(),
             caf::actor_cast<caf::weak_actor_ptr>(handler),
             {},
             {}};
  if (is_new)
    all_.push_back(std::move(next));
  else
    *place = std::move(next);
  return made;
}

void tanks::end(const tank& which, std::string_view reason) noexcept {
  std::vector<caf::weak_actor_ptr> told;
  {
    const std::lock_guard hold{lock_};
    const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const entry& each) { return each.figures.get() == &which; });
    if (found == all_.end())
      return;
    found->reason = reason;
    found->handler = nullptr;
    told.swap(found->watchers);
    std::rotate(found, found + 1, all_.end());
  }
  try {
    for (const auto& each : told)
      tell(each, tank_ended{});
  } catch (const std::bad_alloc&) {
    // They look again soon.
  }
}

tanks::telling tanks::set_rate(std::string_view id, tank_rate wanted) {
  caf::weak_actor_ptr whom;
  {
    const std::lock_guard hold{lock_};
    const auto found = find(all_, id);
    if (found == all_.end())
      return telling::unknown;
    whom = found->handler;
  }
  return tell(whom, wanted) ? telling::told : telling::ended;
}

void tanks::watch(std::string_view id, const caf::weak_actor_ptr& who) {
  const std::lock_guard hold{lock_};
  const auto found = find(all_, id);
  if (found == all_.end() || !found->is_open())
    return;
  auto& watchers = found->watchers;
  for (const auto& each : watchers)
    if (each.get() == who.get())
      return;
  if (watchers.size() >= most_watchers)
    watchers.erase(watchers.begin());
  watchers.push_back(who);
}

std::optional<tank::picture> tanks::look(std::string_view id) const {
  const std::lock_guard hold{lock_};
  const auto found = find(all_, id);
  if (found == all_.end())
    return std::nullopt;
  return tank::picture{found->is_open() ? tank::state::open : tank::state::ended,
                       found->figures->taken,
                       found->figures->with_handler,
                       found->reason,
                       found->peer,
                       found->handler_id};
}

} // namespace sluice
