#include "sluice/actors/connection/outbox.hpp"

#include <utility>

namespace sluice {

void outbox::push(std::string text) {
  queue_.push(std::move(text));
  note_queued();
}

void outbox::push(octets run) {
  queue_.push(std::move(run));
  note_queued();
}

bool outbox::push_control(std::string text) {
  if (!window_.admits_control(all_unsent(), text.size()))
    return false;
  push(std::move(text));
  return true;
}

} // namespace sluice
