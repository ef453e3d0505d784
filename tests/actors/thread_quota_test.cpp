#include "sluice/actors/handler/thread_quota.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("who is refused a thread takes none and who gives one back makes room") {
  thread_quota two{2};
  CHECK(two.take());
  CHECK(two.take());
  for (auto i = 0; i < 5; ++i)
    CHECK_FALSE(two.take());
  two.give_back();
  CHECK(two.take());
  CHECK_FALSE(two.take());
}

TEST_CASE("without a limit there are as many threads as are asked for") {
  thread_quota all{0};
  for (auto i = 0; i < 1000; ++i)
    CHECK(all.take());
}
