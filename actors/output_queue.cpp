#include "actors/output_queue.hpp"

#include <cassert>
#include <utility>

namespace sluice {

namespace {

/// Short texts are joined to the run before, so that a head and small content leave as one.
constexpr std::size_t joined_size = 4096;

/// Memory that is kept for the next text of any connection.
thread_local std::string spare;

void keep(std::string&& text) noexcept {
  if (text.capacity() <= spare.capacity() || text.capacity() > joined_size)
    return;
  spare = std::move(text);
  spare.clear();
}

} // namespace

void output_queue::push(std::string text) {
  if (text.empty())
    return;
  queued_total_ += text.size();
  if (!runs_.empty() && text.size() <= joined_size)
    if (auto& last = runs_.back(); last.shared.empty() && last.text.size() <= joined_size) {
      last.text.append(text);
      return keep(std::move(text));
    }
  runs_.push_back({std::move(text), {}});
}

void output_queue::push(octets shared) {
  if (shared.empty())
    return;
  queued_total_ += shared.size();
  runs_.push_back({{}, std::move(shared)});
}

std::string output_queue::spare_text() noexcept {
  return std::exchange(spare, {});
}

std::size_t output_queue::gather(std::span<iovec> vectors) const noexcept {
  std::size_t filled = 0;
  auto skip = offset_;
  for (const auto& piece : runs_) {
    if (filled == vectors.size())
      break;
    const auto view = piece.view().subspan(skip);
    skip = 0;
    // writev takes a pointer to mutable octets but does not write through it.
    vectors[filled++] = {const_cast<std::byte*>(view.data()), view.size()};
  }
  return filled;
}

void output_queue::advance(std::size_t octets) {
  assert(octets <= unsent());
  sent_total_ += octets;
  octets += offset_;
  while (!runs_.empty()) {
    const auto size = runs_.front().view().size();
    if (octets < size)
      break;
    octets -= size;
    keep(std::move(runs_.front().text));
    runs_.pop_front();
  }
  offset_ = octets;
}

void output_queue::clear() noexcept {
  runs_.clear();
  offset_ = 0;
  sent_total_ = queued_total_;
}

} // namespace sluice
