#include "sluice/actors/connection/output_queue.hpp"

#include <cassert>
#include <utility>

namespace sluice {

namespace {

/// Short texts are joined to the run before, so that a head and small content leave as one.
constexpr std::size_t joined_size = 4096;

} // namespace

thread_local std::unique_ptr<output_queue::text_block> output_queue::spare;

void output_queue::keep(std::unique_ptr<text_block> block) noexcept {
  if (!block || block->text.capacity() > joined_size
      || (spare && spare->text.capacity() >= block->text.capacity()))
    return;
  block->text.clear();
  spare = std::move(block);
}

bool output_queue::has_tail() const noexcept {
  return !runs_.empty() && runs_.back().written && runs_.back().written->text.size() <= joined_size;
}

void output_queue::push(std::string text) {
  if (text.empty())
    return;
  queued_total_ += text.size();
  if (text.size() <= joined_size && has_tail()) {
    runs_.back().written->text.append(text);
    return;
  }
  auto block = std::make_unique<text_block>();
  block->text = std::move(text);
  runs_.push_back({std::move(block), {}});
}

std::string& output_queue::tail() {
  if (has_tail())
    return runs_.back().written->text;
  if (!spare)
    spare = std::make_unique<text_block>();
  spare->text.clear();
  return spare->text;
}

void output_queue::draft::commit() {
  queue_.queued_total_ += size();
  if (start_ == 0) // texts in the queue are never empty: this one is `spare`
    queue_.runs_.emplace_back().written = std::move(spare);
  start_ = text_.size();
}

void output_queue::push(octets shared) {
  if (shared.empty())
    return;
  queued_total_ += shared.size();
  runs_.push_back({nullptr, std::move(shared)});
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
    keep(std::move(runs_.front().written));
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
