#include "sluice/actors/connection/accounts.hpp"

#include "sluice/actors/observe/route_tally.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr time_point start{1h};

/// Accounts as a connection keeps them: everybody has ten seconds, and content refills a second of
/// it with ten octets.
struct ledger {
  void settle(std::optional<wait> next, time_point now) {
    books.settle(
      next, now,
      [this](wait) {
        ++asked;
        return has;
      },
      [this](wait) { return noted; });
  }
  /// When the first time is up, counted from `start`.
  [[nodiscard]] duration due() const { return books.next() - start; }
  [[nodiscard]] bool is_idle() const { return books.next() == time_point::max(); }

  accounts books;
  terms has{10s, 10};
  route_tally* noted = nullptr;
  int asked = 0; ///< how often terms were
};

} // namespace

TEST_CASE("whose account is open has a deadline, and nobody else (S53)") {
  ledger one;
  CHECK(one.is_idle());
  one.settle(wait::handler, start);
  CHECK(one.due() == 10s);
  one.settle(std::nullopt, start + 1s);
  CHECK(one.is_idle());
  one.settle(wait::header, start + 2s);
  CHECK(one.due() == 12s);
  CHECK_FALSE(one.books.take_expired(start + 12s - duration{1}));
  CHECK(one.books.take_expired(start + 12s) == wait::header);
  CHECK(one.is_idle());
}

TEST_CASE("time goes on for who is waited for and does not move (S6)") {
  ledger one;
  one.settle(wait::handler, start);
  one.settle(wait::handler, start + 9s);
  CHECK(one.due() == 10s);
  CHECK(one.asked == 1); // terms are asked for where an account is opened
}

TEST_CASE("who has moved has all of its time anew (S6)") {
  ledger one;
  one.settle(wait::handler, start);
  one.books.note_progress(wait::handler);
  one.settle(wait::handler, start + 9s);
  CHECK(one.due() == 19s);
  SUBCASE("once") {
    one.settle(wait::handler, start + 10s);
    CHECK(one.due() == 19s);
  }
  SUBCASE("not if somebody else has moved") {
    one.books.note_progress(wait::header);
    one.settle(wait::handler, start + 10s);
    CHECK(one.due() == 19s);
  }
}

TEST_CASE("a time of zero is no deadline") {
  ledger one;
  one.has.time = duration::zero();
  one.settle(wait::handler, start);
  CHECK(one.is_idle());
  one.settle(wait::content, start);
  CHECK(one.is_idle());
}

TEST_CASE("what our own output interrupts goes on with the rest of its time (S42 S54)") {
  ledger one;
  one.settle(wait::handler, start);
  one.settle(wait::write, start + 4s);
  CHECK(one.due() == 14s);
  SUBCASE("if it does not move") {
    one.settle(wait::handler, start + 7s);
    CHECK(one.due() == 13s);
    CHECK(one.books.awaited()->since == start); // and is waited for since then (S84)
  }
  SUBCASE("and with all of it if it moves meanwhile") {
    one.books.note_progress(wait::handler);
    one.settle(wait::write, start + 5s);
    one.settle(wait::handler, start + 7s);
    CHECK(one.due() == 17s);
  }
  SUBCASE("or just then") {
    one.books.note_progress(wait::handler);
    one.settle(wait::handler, start + 7s);
    CHECK(one.due() == 17s);
  }
  SUBCASE("but nobody else inherits it") {
    one.settle(wait::header, start + 7s);
    CHECK(one.due() == 17s);
    one.settle(wait::handler, start + 8s);
    CHECK(one.due() == 18s);
  }
  SUBCASE("and not once nobody was waited for") {
    one.settle(std::nullopt, start + 5s);
    one.settle(wait::handler, start + 7s);
    CHECK(one.due() == 17s);
  }
}

TEST_CASE("a client has the time that its octets buy (S53)") {
  ledger one;
  one.settle(wait::content, start);
  one.settle(std::nullopt, start + 6s); // four seconds are left
  SUBCASE("no octets, no more time") {
    one.settle(wait::content, start + 20s);
    CHECK(one.due() == 24s);
  }
  SUBCASE("ten octets are a second") {
    one.books.note_content(10);
    one.settle(wait::content, start + 20s);
    CHECK(one.due() == 25s);
  }
  SUBCASE("never more than all") {
    one.books.note_content(1'000);
    one.settle(wait::content, start + 20s);
    CHECK(one.due() == 30s);
  }
  SUBCASE("a new request has all of it") {
    one.books.renew_content();
    one.settle(wait::content, start + 20s);
    CHECK(one.due() == 30s);
  }
}

TEST_CASE("a request that starts while its account is open has all of its time (S53)") {
  ledger one;
  one.settle(wait::content, start);
  one.books.renew_content();
  one.settle(wait::content, start + 9s);
  CHECK(one.due() == 19s);
}

TEST_CASE("the network has the time that it takes octets in (S54)") {
  ledger one;
  one.settle(wait::write, start);
  one.books.note_sent(20);
  one.settle(wait::write, start + 6s);
  CHECK(one.due() == 12s); // four were left, and two were bought
  one.books.renew_output();
  one.settle(std::nullopt, start + 7s);
  one.books.renew_output();
  one.settle(wait::write, start + 8s);
  CHECK(one.due() == 18s);
}

TEST_CASE("a time that is up is told once, and its account is closed") {
  ledger one;
  one.settle(wait::handler, start);
  CHECK(one.books.take_expired(start + 10s) == wait::handler);
  CHECK_FALSE(one.books.take_expired(start + 10s));
  one.settle(wait::handler, start + 10s);
  CHECK(one.due() == 20s);
}

TEST_CASE("clocks beside the accounts run on by themselves") {
  ledger one;
  one.books.start(wait::stall_probe, start, 3s);
  one.settle(wait::handler, start);
  CHECK(one.due() == 3s);
  one.settle(std::nullopt, start + 1s);
  CHECK(one.due() == 3s);
  CHECK(one.books.take_expired(start + 3s) == wait::stall_probe);
  one.books.start(wait::linger, start, 5s);
  one.books.stop(wait::linger);
  CHECK(one.is_idle());
}

TEST_CASE("all that is open is closed, and what it was for is over") {
  ledger one;
  one.settle(wait::handler, start);
  one.settle(wait::write, start + 4s);
  SUBCASE("as something else goes on from here") {
    one.books.close_all(start + 5s);
    CHECK(one.is_idle());
    one.settle(wait::handler, start + 5s);
    CHECK(one.due() == 15s);
  }
  SUBCASE("as the connection has ended") {
    one.books.start(wait::linger, start, 5s);
    one.books.stop_all(start + 5s);
    CHECK(one.is_idle());
  }
}

TEST_CASE("each wait is noted at its route while it lasts and when it is over (S84)") {
  ledger one;
  route_tally seen;
  one.noted = &seen;
  const auto now = [&](party whose) {
    return seen.waits[static_cast<std::size_t>(whose)].now.load();
  };
  const auto past = [&](party whose) {
    return seen.waits[static_cast<std::size_t>(whose)].past.sum();
  };
  one.settle(wait::content, start);
  CHECK(now(party::client) == 1);
  one.settle(wait::write, start + 1s);
  CHECK(now(party::client) == 0);
  CHECK(past(party::client) == 1s);
  CHECK(now(party::network) == 1);
  one.settle(wait::handler, start + 3s);
  CHECK(past(party::network) == 2s);
  CHECK(now(party::handler) == 1);
  CHECK(one.books.awaited()->which == wait::handler);
  CHECK(one.books.awaited()->until == start + 13s);
  SUBCASE("when nobody is waited for") {
    one.settle(std::nullopt, start + 5s);
  }
  SUBCASE("when the connection ends") {
    one.books.stop_all(start + 5s);
  }
  SUBCASE("when the deadline has passed") {
    CHECK(one.books.take_expired(start + 13s) == wait::handler);
    CHECK(past(party::handler) == 10s);
    CHECK(now(party::handler) == 0);
    return;
  }
  CHECK(past(party::handler) == 2s);
  CHECK(now(party::handler) == 0);
  CHECK_FALSE(one.books.awaited());
}

TEST_CASE("a clock beside the accounts says who is waited for if no account does (S84)") {
  ledger one;
  one.books.start(wait::linger, start + 1s, 5s);
  REQUIRE(one.books.awaited());
  CHECK(one.books.awaited()->which == wait::linger);
  CHECK(one.books.awaited()->since == start + 1s);
  CHECK(one.books.awaited()->until == start + 6s);
  one.books.stop(wait::linger);
  one.books.start(wait::stall_probe, start + 2s, 5s); // nobody is waited for
  CHECK_FALSE(one.books.awaited());
}
