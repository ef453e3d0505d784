#include "sluice/actors/connection/intake.hpp"

#include <cassert>

namespace sluice {

std::optional<octets> intake::share(octet_view piece) const {
  if (!block_ || 2 * piece.size() < block_size_)
    return std::nullopt;
  return octets{std::shared_ptr<const std::byte[]>{block_, piece.data()}, piece.size()};
}

bool intake::has_unread() const noexcept {
  return can_bring(1) != known::no;
}

known intake::can_bring(std::uint64_t octets) const noexcept {
  if (octets <= rest_.size())
    return known::yes;
  if (is_all_here_)
    return known::no;
  const auto missing = octets - rest_.size();
  return missing > std::numeric_limits<std::size_t>::max()
           ? known::no
           : from_.can_bring(static_cast<std::size_t>(missing));
}

std::vector<std::byte> intake::look_ahead(std::size_t most) const {
  std::vector<std::byte> all{rest_.begin(), rest_.end()};
  const auto behind = from_.look(most);
  all.insert(all.end(), behind.begin(), behind.end());
  return all;
}

void intake::on_peer_shut() noexcept {
  if (peer_ == far_side::open)
    peer_ = far_side::shut;
  is_readable_ = true;
}

void intake::on_peer_gone() noexcept {
  peer_ = far_side::gone;
  is_readable_ = true;
  is_end_judged_ = false;
}

// Memory for content is asked for where some is wanted, and all of the read may become a message.
transport::result intake::fetch(appetite wanted, std::span<std::byte> buffer) {
  if (wanted.is_content) {
    block_ = std::make_shared_for_overwrite<std::byte[]>(wanted.octets);
    block_size_ = wanted.octets;
    buffer = {block_.get(), block_size_};
  }
  buffer = buffer.first(std::min(wanted.octets, buffer.size()));
  const auto result = from_.read(buffer);
  assert(result.octets == 0 || result.then == transport::next::more
         || result.then == transport::next::dry);
  note(result);
  if (result.then == transport::next::end)
    has_ended_ = true;
  rest_ = octet_view{buffer}.first(result.octets);
  if (rest_.empty())
    block_ = nullptr;
  return result;
}

// An end that the peer has announced is still to be read: it is told no more.
void intake::note(const transport::result& result) noexcept {
  if (result.then != transport::next::more && (result.octets == 0 || peer_ == far_side::open))
    is_readable_ = false;
}

void intake::keep() {
  kept_.assign(rest_.begin(), rest_.end());
  rest_ = kept_;
}

transport::result intake::discard(std::span<std::byte> buffer, std::uint64_t most) {
  auto result = from_.read(buffer);
  note(result);
  discarded_ += result.octets;
  if (discarded_ > most && result.then != transport::next::failed)
    result.then = transport::next::end;
  if (result.then == transport::next::end || result.then == transport::next::failed) {
    has_ended_ = true;
    is_readable_ = false;
  }
  return result;
}

bool intake::read_ahead(std::span<std::byte> buffer, std::size_t most) {
  if (from_.can_look())
    return true;
  while (is_readable_ && rest_.size() < most) {
    const auto result = from_.read(buffer.first(std::min(most - rest_.size(), buffer.size())));
    std::vector<std::byte> all{rest_.begin(), rest_.end()};
    all.insert(all.end(), buffer.begin(),
               buffer.begin() + static_cast<std::ptrdiff_t>(result.octets));
    kept_ = std::move(all);
    rest_ = kept_;
    // Both are said again to who reads on, once what is kept was used.
    is_all_here_ = result.then == transport::next::end || result.then == transport::next::failed;
    if (is_all_here_)
      break;
    if (result.then == transport::next::dry)
      is_readable_ = false;
  }
  return is_all_here_;
}

void intake::drop() noexcept {
  rest_ = {};
  kept_ = {};
  block_ = nullptr;
}

} // namespace sluice
