#include "sluice/actors/connection/output_queue.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

/// The first `most` runs, as they would be written.
std::string gathered(const output_queue& queue, std::size_t most = 16) {
  std::array<iovec, 16> vectors{};
  const auto filled = queue.gather(std::span{vectors}.first(most));
  std::string all;
  for (const auto& vector : std::span{vectors}.first(filled))
    all.append(static_cast<const char*>(vector.iov_base), vector.iov_len);
  return all;
}

std::size_t runs_of(const output_queue& queue) {
  std::array<iovec, 16> vectors{};
  return queue.gather(vectors);
}

output_queue sample() {
  output_queue queue;
  queue.push(std::string{"head"});
  queue.push(octets{std::string_view{"shared"}});
  queue.push(std::string{"tail"});
  return queue;
}

} // namespace

TEST_CASE("octets leave in the order in which they were queued") {
  CHECK(gathered(sample()) == "headsharedtail");
}

TEST_CASE("octets are neither lost nor repeated wherever the kernel stops") {
  const std::string whole = "headsharedtail";
  for (std::size_t first = 0; first <= whole.size(); ++first)
    for (std::size_t second = 0; first + second <= whole.size(); ++second) {
      CAPTURE(first);
      CAPTURE(second);
      auto queue = sample();
      queue.advance(first);
      queue.advance(second);
      CHECK(gathered(queue) == whole.substr(first + second));
      CHECK(queue.unsent() == whole.size() - first - second);
      CHECK(queue.empty() == (first + second == whole.size()));
    }
}

TEST_CASE("what is queued behind a run that is partly sent follows it") {
  output_queue queue;
  queue.push(std::string{"abcd"});
  queue.advance(2);
  queue.push(std::string{"ef"});
  CHECK(gathered(queue) == "cdef");
  queue.advance(4);
  CHECK(queue.empty());
  CHECK(gathered(queue).empty());
}

TEST_CASE("a short text joins the text before it so that they leave as one (S51)") {
  output_queue queue;
  queue.push(std::string{"head"});
  queue.push(std::string{"content"});
  CHECK(runs_of(queue) == 1);
  CHECK(gathered(queue) == "headcontent");
}

TEST_CASE("a text of 4096 octets is joined and one of 4097 is not (S51)") {
  output_queue joined;
  joined.push(std::string{"head"});
  joined.push(std::string(4096, 'x'));
  CHECK(runs_of(joined) == 1);
  output_queue apart;
  apart.push(std::string{"head"});
  apart.push(std::string(4097, 'x'));
  CHECK(runs_of(apart) == 2);
}

TEST_CASE("shared octets are queued without a copy") {
  const octets shared{std::string_view{"shared"}};
  output_queue queue;
  queue.push(shared);
  std::array<iovec, 1> vectors{};
  REQUIRE(queue.gather(vectors) == 1);
  CHECK(vectors[0].iov_base == static_cast<const void*>(shared.data()));
}

TEST_CASE("gathering fills no more vectors than it is given") {
  CHECK(gathered(sample(), 0).empty());
  CHECK(gathered(sample(), 1) == "head");
  CHECK(gathered(sample(), 2) == "headshared");
}

TEST_CASE("positions are cumulative so that a sender can wait for its piece (S49)") {
  output_queue queue;
  queue.push(std::string{"first"});
  const auto position = queue.queued_total();
  CHECK(position == 5);
  queue.push(octets{std::string_view{"second"}});
  queue.advance(4);
  CHECK(queue.sent_total() < position);
  queue.advance(1);
  CHECK(queue.sent_total() == position);
  queue.advance(6);
  CHECK(queue.sent_total() == queue.queued_total());
}

TEST_CASE("nothing is queued for an empty run") {
  output_queue queue;
  queue.push(std::string{});
  queue.push(octets{});
  CHECK(queue.empty());
  CHECK(queue.queued_total() == 0);
  CHECK(runs_of(queue) == 0);
}

TEST_CASE("clearing forgets what is unsent and releases every position (S49)") {
  auto queue = sample();
  queue.advance(6);
  queue.clear();
  CHECK(queue.empty());
  CHECK(queue.unsent() == 0);
  CHECK(queue.sent_total() == 14);
  queue.push(std::string{"anew"});
  CHECK(gathered(queue) == "anew");
  CHECK(queue.queued_total() == 18);
}
