#include "sluice/protocol/memory/fifo.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <random>

using namespace sluice;

TEST_CASE("what goes in first comes out first, in whatever rhythm") {
  fifo<int> queue;
  std::deque<int> model;
  std::mt19937 random{7}; // NOLINT: the same each time
  auto next = 0;
  for (auto i = 0; i < 20'000; ++i) {
    if (model.empty() || random() % 100 < 51) {
      queue.push_back(next);
      model.push_back(next++);
    } else {
      CHECK(queue.front() == model.front());
      queue.pop_front();
      model.pop_front();
    }
    REQUIRE(queue.size() == model.size());
    REQUIRE(queue.empty() == model.empty());
  }
  CHECK(std::equal(queue.begin(), queue.end(), model.begin(), model.end()));
}

TEST_CASE("what has left is gone, not kept until the queue is empty") {
  fifo<std::shared_ptr<int>> queue;
  const auto thing = std::make_shared<int>(1);
  queue.push_back(thing);
  queue.push_back(std::make_shared<int>(2));
  CHECK(thing.use_count() == 2);
  queue.pop_front();
  CHECK(thing.use_count() == 1);
  queue.push_back(thing);
  queue.clear();
  CHECK(thing.use_count() == 1);
}
