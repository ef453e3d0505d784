#include "actors/output_queue.hpp"

#include <cassert>
#include <utility>

namespace sluice {

namespace {

/// Short texts are joined to the run before, so that a head and small content leave as one.
constexpr std::size_t joined_size = 4096;

/// Memory that is kept for the next text of any connection.
thread_local std::string spare;

void keep(std::string& text) noexcept {
  if (text.capacity() <= spare.capacity() || text.capacity() > joined_size)
    return;
  spare.swap(text);
  spare.clear();
}

} // namespace

bool output_queue::has_tail() const noexcept {
  return !runs_.empty() && runs_.back().shared.empty() && runs_.back().text.size() <= joined_size;
}

void output_queue::push(std::string text) {
  if (text.empty())
    return;
  queued_total_ += text.size();
  if (text.size() <= joined_size && has_tail())
    runs_.back().text.append(text);
  else
    runs_.push_back({std::move(text), {}});
}

std::string& output_queue::tail() noexcept {
  if (has_tail()) {
    written_ = runs_.back().text.size();
    return runs_.back().text;
  }
  written_ = 0;
  spare.clear(); // of what was given up
  return spare;
}

std::size_t output_queue::wrote() {
  if (written_ == 0)
    runs_.emplace_back().text.swap(spare);
  const auto size = runs_.back().text.size() - written_;
  queued_total_ += size;
  return size;
}

void output_queue::push(octets shared) {
  if (shared.empty())
    return;
  queued_total_ += shared.size();
  runs_.push_back({{}, std::move(shared)});
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
    keep(runs_.front().text);
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
