#include "sluice/protocol/websocket/internal/message_buffer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::websocket::internal;

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

/// Appends `count` octets of a frame that ends the message at `announced` octets.
void append_final(message_buffer& buffer, std::size_t count, std::size_t announced) {
  const auto added = buffer.extend(count, {announced, mebibyte, true});
  std::fill(added.begin(), added.end(), std::byte{'x'});
}

} // namespace

TEST_CASE("a small frame gets exactly its memory at once (S28)") {
  message_buffer buffer;
  append_final(buffer, 1, 4 * 1024);
  CHECK(buffer.capacity() == 4 * 1024);
}

TEST_CASE("what is only announced takes no memory (S28)") {
  message_buffer buffer;
  append_final(buffer, 1, mebibyte);
  CHECK(buffer.capacity() == 4 * 1024);
  append_final(buffer, 4 * 1024, mebibyte);
  CHECK(buffer.capacity() == 8 * 1024);
  append_final(buffer, 100 * 1024, mebibyte);
  CHECK(buffer.capacity() == 104 * 1024 + 1);
}

TEST_CASE("a message that comes in one piece is never moved (S28)") {
  message_buffer buffer;
  append_final(buffer, mebibyte, mebibyte);
  CHECK(buffer.capacity() == mebibyte);
  const auto content = buffer.release();
  CHECK(content.size() == mebibyte);
  CHECK(buffer.size() == 0);
  CHECK(buffer.capacity() == 0);
}

TEST_CASE("fragments of one octet move the message seldom (S28)") {
  message_buffer buffer;
  std::size_t moves = 0;
  for (std::size_t size = 1; size <= mebibyte; ++size) {
    const auto before = buffer.capacity();
    buffer.extend(1, {size, mebibyte, size == mebibyte})[0] = static_cast<std::byte>(size);
    moves += before == buffer.capacity() ? 0U : 1U;
  }
  CHECK(moves <= 21);
  CHECK(buffer.capacity() == mebibyte);
  const auto content = buffer.release();
  CHECK(content.data()[4] == std::byte{5});
}

TEST_CASE("an empty message needs no memory (S36)") {
  message_buffer buffer;
  CHECK(buffer.release().empty());
  buffer.clear();
  CHECK(buffer.size() == 0);
}
