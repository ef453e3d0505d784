#include "sluice/actors/connection/client_credit.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr auto whole = 30s;

} // namespace

TEST_CASE("a client has its whole credit at first and what is left of it later (S53)") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.close(12s);
  CHECK(credit.open(whole, 64) == 12s);
}

TEST_CASE("time in which nobody waits for the client costs it nothing (S53)") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.close(20s);
  // However long this took.
  CHECK(credit.open(whole, 64) == 20s);
}

TEST_CASE("octets refill the credit at the rate and never past the whole (S53)") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.on_octets(64);
  credit.close(1s);
  CHECK(credit.open(whole, 64) == 2s);
  credit.on_octets(32);
  credit.close(1s);
  CHECK(credit.open(whole, 64) == 1500ms);
  credit.close(1s);
  credit.on_octets(64); // not only while it is waited for
  CHECK(credit.open(whole, 64) == 2s);
  credit.on_octets(1'000'000);
  credit.close(1s);
  CHECK(credit.open(whole, 64) == whole);
}

TEST_CASE("a client that sends one octet now and then runs out of credit (S53)") {
  client_credit credit;
  auto left = credit.open(whole, 64);
  auto octets = 0;
  while (left > 9s && octets < 100) {
    credit.on_octets(1);
    credit.close(left - 9s);
    left = credit.open(whole, 64);
    ++octets;
  }
  CHECK(octets == 3);
  CHECK(left < 9s);
}

TEST_CASE("without a rate any octet refills the whole credit (S53)") {
  client_credit credit;
  CHECK(credit.open(whole, 0) == whole);
  credit.close(1s);
  CHECK(credit.open(whole, 0) == 1s);
  credit.on_octets(1);
  credit.close(500ms);
  CHECK(credit.open(whole, 0) == whole);
}

TEST_CASE("credit that is used up is never no deadline") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.close(0s);
  CHECK(credit.open(whole, 64) > 0s);
  CHECK(credit.open(whole, 64) < 1ms);
}

TEST_CASE("a smaller whole cuts what is left and a renewal restores it") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.close(20s);
  CHECK(credit.open(10s, 64) == 10s);
  credit.renew();
  CHECK(credit.open(whole, 64) == whole);
}

TEST_CASE("no number of octets overflows") {
  client_credit credit;
  CHECK(credit.open(whole, 64) == whole);
  credit.on_octets(std::numeric_limits<std::uint64_t>::max());
  credit.close(1s);
  CHECK(credit.open(whole, 1) == whole);
  credit.close(1s);
  credit.on_octets(std::numeric_limits<std::uint64_t>::max());
  CHECK(credit.open(24h * 366, 64) == 24h * 366);
}
