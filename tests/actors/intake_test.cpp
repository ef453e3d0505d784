#include "sluice/actors/connection/intake.hpp"

#include "tests/actors/scripted_source.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using next = transport::next;

namespace {

/// An intake, what it reads from, and the loop's buffer.
struct reader {
  explicit reader(std::deque<scripted_source::step> steps) : source{std::move(steps)} {
    in.on_readable();
  }

  /// Reads, and uses at most `most` octets of what came. @returns these
  std::string read(std::size_t wanted, std::size_t most, bool is_content = false) {
    std::string used;
    last = in.read({wanted, is_content}, buffer, [&] { used = take(most); });
    return used;
  }
  /// The same of what was kept.
  std::string feed(std::size_t most) {
    std::string used;
    in.offer_kept([&] { used = take(most); });
    return used;
  }
  std::string take(std::size_t most) {
    const std::string used{as_text(in.peek().first(std::min(most, in.peek().size())))};
    in.used(used.size());
    return used;
  }
  [[nodiscard]] std::string kept() const { return std::string{as_text(in.peek())}; }

  scripted_source source;
  intake in{source};
  std::array<std::byte, 64> buffer{};
  transport::result last;
};

} // namespace

TEST_CASE("no more is read than is wanted (S8)") {
  reader one{{{"hello"}}};
  CHECK(one.read(3, 64) == "hel");
  CHECK(one.source.asked == 3);
  CHECK(one.read(1'000, 64) == "lo");
  CHECK(one.source.asked == one.buffer.size());
}

TEST_CASE("what is not used is kept, and offered again without a read (S7)") {
  reader one{{{"hello", next::dry}}};
  CHECK(one.read(64, 2) == "he");
  CHECK(one.in.has_kept());
  CHECK(one.in.has_more());
  one.buffer.fill(std::byte{'x'}); // the buffer is others' by now
  CHECK(one.kept() == "llo");
  CHECK(one.feed(1) == "l");
  CHECK(one.feed(64) == "lo");
  CHECK_FALSE(one.in.has_kept());
  CHECK_FALSE(one.in.has_more());
  CHECK(one.source.reads == 1);
}

TEST_CASE("who is dry is not asked again until it says so (S7)") {
  reader one{{{"a", next::more}, {"b", next::dry}, {"c", next::dry}}};
  CHECK(one.read(64, 64) == "a");
  CHECK(one.in.has_more());
  CHECK(one.read(64, 64) == "b");
  CHECK_FALSE(one.in.has_more());
  one.in.on_readable();
  CHECK(one.in.has_more());
  CHECK(one.read(64, 64) == "c");
}

TEST_CASE("an end that was announced is read, though nothing more is told (S39)") {
  reader one{{{"last", next::dry}, {"", next::end}}};
  one.in.on_peer_shut();
  CHECK(one.read(64, 64) == "last");
  CHECK(one.in.has_more());
  CHECK_FALSE(one.in.has_ended());
  CHECK(one.read(64, 64).empty());
  CHECK(one.last.then == next::end);
  CHECK(one.in.has_ended());
  CHECK_FALSE(one.in.has_more());
}

TEST_CASE("a failure is passed on") {
  reader one{{{"", next::failed, ECONNRESET}}};
  CHECK(one.read(64, 64).empty());
  CHECK(one.last.then == next::failed);
  CHECK(one.last.error == ECONNRESET);
}

TEST_CASE("content that fills most of its block is shared, not copied") {
  reader one{{{"0123456789"}}};
  one.in.read({10, true}, one.buffer, [&] {
    CHECK(one.in.peek().data() != one.buffer.data());
    const auto half = one.in.share(one.in.peek().first(5));
    REQUIRE(half);
    CHECK(half->text() == "01234");
    CHECK(half->data() == one.in.peek().data());
    CHECK_FALSE(one.in.share(one.in.peek().first(4)));
    one.in.used(10);
  });
}

TEST_CASE("what is no content lies in the loop's buffer, and is not shared") {
  reader one{{{"0123456789"}}};
  one.in.read({10, false}, one.buffer, [&] {
    CHECK(one.in.peek().data() == one.buffer.data());
    CHECK_FALSE(one.in.share(one.in.peek()));
  });
  one.in.offer_kept([&] { CHECK_FALSE(one.in.share(one.in.peek())); });
}

TEST_CASE("what is dropped while it is offered is not kept (S22)") {
  reader one{{{"hello"}, {"again"}}};
  one.in.read({64, false}, one.buffer, [&] { one.in.drop(); });
  CHECK_FALSE(one.in.has_kept());
  CHECK(one.read(64, 0).empty());
  one.in.offer_kept([&] {
    one.in.drop();
    one.in.used(2); // of what is no longer there
  });
  CHECK_FALSE(one.in.has_kept());
}

TEST_CASE("what can still come is known as far as it can be looked at (S40)") {
  reader one{{{"hello", next::dry}}};
  CHECK(one.read(2, 1) == "h");
  CHECK(one.in.has_unread());
  CHECK(one.in.can_bring(1) == known::yes); // kept
  CHECK(one.in.can_bring(4) == known::yes); // and behind it
  CHECK(one.in.can_bring(5) == known::no);
  CHECK(as_text(one.in.look_ahead()) == "ello");
  CHECK(as_text(one.in.look_ahead(1)) == "el");
  one.source.shows = false;
  CHECK(one.in.can_bring(1) == known::yes);
  CHECK(one.in.can_bring(2) == known::unknown);
  CHECK(as_text(one.in.look_ahead()) == "e");
}

TEST_CASE("nothing is read ahead where one can look (S40)") {
  reader one{{{"hello"}}};
  CHECK(one.in.read_ahead(one.buffer, 64));
  CHECK(one.source.reads == 0);
}

TEST_CASE("where one can't look, what has come is read up to the announced end (S40)") {
  reader one{{{"one", next::more}, {"two", next::more}, {"", next::end}}};
  one.source.shows = false;
  CHECK(one.read(2, 1) == "o");
  one.in.on_peer_shut();
  CHECK(one.in.read_ahead(one.buffer, 64));
  CHECK(one.kept() == "netwo");
  CHECK(one.in.can_bring(5) == known::yes);
  CHECK(one.in.can_bring(6) == known::no);
  SUBCASE("and all of it is still there, with its end") {
    CHECK_FALSE(one.in.has_ended());
    CHECK(one.feed(64) == "netwo");
    CHECK(one.in.has_more());
    CHECK(one.read(64, 64).empty());
    CHECK(one.in.has_ended());
  }
}

TEST_CASE("what is dry before its end can't be judged yet (S40)") {
  reader one{{{"one", next::dry}, {"two", next::dry}, {"", next::end}}};
  one.source.shows = false;
  one.in.on_peer_shut();
  CHECK_FALSE(one.in.read_ahead(one.buffer, 64));
  CHECK(one.kept() == "one");
  CHECK_FALSE(one.in.read_ahead(one.buffer, 64)); // nor is it asked again
  CHECK(one.source.reads == 1);
  one.in.on_readable();
  CHECK_FALSE(one.in.read_ahead(one.buffer, 64));
  one.in.on_readable();
  CHECK(one.in.read_ahead(one.buffer, 64));
  CHECK(one.kept() == "onetwo");
}

TEST_CASE("no more is read ahead than may be (S61)") {
  reader one{{{"0123456789"}, {"", next::end}}};
  one.source.shows = false;
  one.in.on_peer_shut();
  CHECK_FALSE(one.in.read_ahead(one.buffer, 4));
  CHECK(one.kept() == "0123");
  CHECK(one.feed(64) == "0123");
  CHECK_FALSE(one.in.read_ahead(one.buffer, 6));
  CHECK(one.feed(64) == "456789");
  CHECK(one.in.read_ahead(one.buffer, 4));
}

TEST_CASE("whether what is missing can come is judged once, and anew for what is new (S40)") {
  reader one{{}};
  CHECK_FALSE(one.in.has_end_to_judge());
  one.in.on_peer_shut();
  CHECK(one.in.has_end_to_judge());
  one.in.end_is_judged();
  CHECK_FALSE(one.in.has_end_to_judge());
  SUBCASE("a request") {
    one.in.judge_end_anew();
  }
  SUBCASE("a peer of which nothing is left") {
    one.in.on_peer_gone();
    CHECK(one.in.is_peer_gone());
  }
  CHECK(one.in.has_end_to_judge());
}

TEST_CASE("an end that was read is nothing to judge") {
  reader one{{{"", next::end}}};
  one.in.on_peer_shut();
  CHECK(one.read(64, 64).empty());
  CHECK_FALSE(one.in.has_end_to_judge());
}

TEST_CASE("what nobody wants is dropped up to a bound (S22)") {
  reader one{{{"0123456789"}, {"abcdefghij"}, {"more"}}};
  CHECK(one.in.discard(one.buffer, 15).then == next::more);
  CHECK_FALSE(one.in.has_ended());
  CHECK(one.in.discard(one.buffer, 15).then == next::end);
  CHECK(one.in.has_ended());
  CHECK_FALSE(one.in.has_more());
}

TEST_CASE("what nobody wants has an end, or fails (S22)") {
  reader ended{{{"x"}, {"", next::end}}};
  CHECK(ended.in.discard(ended.buffer, 15).then == next::more);
  CHECK(ended.in.discard(ended.buffer, 15).then == next::end);
  CHECK(ended.in.has_ended());
  reader failed{{{"", next::failed, ECONNRESET}}};
  CHECK(failed.in.discard(failed.buffer, 15).then == next::failed);
  CHECK(failed.in.has_ended());
}
