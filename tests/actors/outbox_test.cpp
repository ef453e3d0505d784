#include "sluice/actors/connection/outbox.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

settings small() {
  settings s;
  s.low_water = 10;
  s.high_water = 50;
  s.output_cap = 200;
  s.control_reserve = 127;
  return s;
}

const settings limits = small();

std::string octets_of(const outbox& box) {
  std::array<iovec, 16> vectors{};
  const auto filled = box.gather(vectors);
  std::string all;
  for (const auto& vector : std::span{vectors}.first(filled))
    all.append(static_cast<const char*>(vector.iov_base), vector.iov_len);
  return all;
}

/// An asker that can be told from others, and whom nobody answers.
asker number(std::uint64_t id) {
  return {nullptr, caf::make_message_id(id)};
}

/// Who is answered, by their numbers.
std::string released(outbox& box) {
  std::string all;
  box.release([&](const asker& to) {
    for (std::uint64_t id = 1; id <= most_waiting_sends; ++id)
      if (to.id == caf::make_message_id(id))
        all += std::to_string(id) + ' ';
  });
  return all;
}

} // namespace

TEST_CASE("a draft counts once it is committed") {
  outbox box{limits};
  box.push(std::string{"before "});
  {
    outbox::draft kept{box};
    kept.text() += "kept";
    CHECK(kept.size() == 4);
    CHECK(box.unsent() == 7);
    kept.commit();
  }
  CHECK(octets_of(box) == "before kept");
  CHECK(box.unsent() == 11);
}

TEST_CASE("a draft that is given up leaves nothing") {
  outbox box{limits};
  SUBCASE("behind a text") {
    box.push(std::string{"before"});
  }
  SUBCASE("in front of all others") {}
  const auto before = octets_of(box);
  {
    outbox::draft dropped{box};
    dropped.text() += "dropped";
  }
  CHECK(octets_of(box) == before);
  CHECK(box.unsent() == before.size());
  outbox::draft next{box};
  next.text() += "next";
  next.commit();
  CHECK(octets_of(box) == before + "next");
}

TEST_CASE("promised octets take room like queued ones (S47)") {
  outbox box{limits};
  box.push(std::string(50, 'x'));
  box.promise(100);
  CHECK(box.has_promises());
  CHECK(box.unsent() == 50);
  CHECK(box.admits(50));
  CHECK_FALSE(box.admits(51));
  box.redeem(100);
  CHECK_FALSE(box.has_promises());
  CHECK(box.admits(150));
  CHECK_FALSE(box.admits(151));
}

TEST_CASE("a response may start whatever is left of those before it (S47)") {
  outbox box{limits};
  box.push(std::string(10, 'x'));
  CHECK(box.admits_first(200));
  CHECK_FALSE(box.admits_first(201));
}

TEST_CASE("control frames have a reserve of their own, and are dropped past it (S34)") {
  outbox box{limits};
  box.promise(200);
  CHECK_FALSE(box.admits(1));
  CHECK(box.push_control(std::string(127, 'x')));
  CHECK_FALSE(box.push_control("x"));
  CHECK(box.unsent() == 127);
}

TEST_CASE("a peer is not read where an answer to it would find no room (S31)") {
  outbox box{limits};
  CHECK_FALSE(box.is_flooded());
  SUBCASE("from the high-water mark to the low one") {
    box.push(std::string(49, 'x'));
    CHECK_FALSE(box.is_flooded());
    box.push(std::string(1, 'x'));
    CHECK(box.is_flooded());
    box.on_sent(39);
    CHECK(box.is_flooded());
    box.on_sent(1);
    CHECK_FALSE(box.is_flooded());
  }
  SUBCASE("as little as is queued, where promises take all else") {
    box.promise(200);
    CHECK_FALSE(box.is_flooded());
    box.promise(1);
    CHECK(box.is_flooded());
  }
}

TEST_CASE("an asker is answered once all before has left (S49)") {
  outbox box{limits};
  box.push(std::string{"one"});
  box.answer_when_sent(number(1));
  box.push(std::string{"two"});
  box.answer_when_sent(number(2));
  CHECK(released(box).empty());
  box.on_sent(2);
  CHECK(released(box).empty());
  box.on_sent(1);
  CHECK(released(box) == "1 ");
  box.on_sent(3);
  CHECK(released(box) == "2 ");
  CHECK(released(box).empty());
}

TEST_CASE("nobody waits for octets that will never leave (S49)") {
  outbox box{limits};
  box.push(std::string{"one"});
  box.answer_when_sent(number(1));
  box.close();
  CHECK(box.empty());
  CHECK(released(box) == "1 ");
}

TEST_CASE("no more may wait for an answer than are allowed (S48)") {
  outbox box{limits};
  box.push(std::string{"x"});
  for (std::size_t i = 1; i < most_waiting_sends; ++i)
    box.answer_when_sent(number(i));
  CHECK(box.admits(1));
  box.answer_when_sent(number(most_waiting_sends));
  CHECK_FALSE(box.admits(1));
}

TEST_CASE("what other threads know is brought up to date before anybody is answered (S48)") {
  outbox box{limits};
  box.push(std::string{"four"});
  box.promise(3);
  CHECK(box.held() == 0);
  CHECK(released(box).empty());
  CHECK(box.held() == 7);
  box.answer_when_sent(number(1));
  box.on_sent(4);
  std::size_t seen = 0;
  box.release([&](const asker&) { seen = box.held(); });
  CHECK(seen == 3);
}

TEST_CASE("what is on hold waits for the next octets (S51)") {
  outbox box{limits};
  CHECK(box.hold());
  CHECK_FALSE(box.hold()); // it waits already
  CHECK(box.is_on_hold());
  SUBCASE("text") {
    box.push(std::string{"x"});
  }
  SUBCASE("octets") {
    box.push(octets{std::string_view{"x"}});
  }
  SUBCASE("a draft") {
    outbox::draft next{box};
    next.text() += "x";
    next.commit();
  }
  SUBCASE("or for whoever ends it") {
    CHECK(box.let_go());
  }
  CHECK_FALSE(box.is_on_hold());
  CHECK_FALSE(box.let_go());
}

TEST_CASE("there is nothing left to see to once all is sent and everybody knows") {
  outbox box{limits};
  CHECK(box.is_settled());
  SUBCASE("octets") {
    box.push(std::string{"x"});
    CHECK_FALSE(box.is_settled());
    box.on_sent(1);
  }
  SUBCASE("promises") {
    box.promise(1);
    CHECK_FALSE(box.is_settled());
    box.redeem(1);
  }
  SUBCASE("askers") {
    box.answer_when_sent(number(1));
    CHECK_FALSE(box.is_settled());
    CHECK(released(box) == "1 ");
  }
  SUBCASE("and what other threads were told") {
    box.promise(1);
    CHECK(released(box).empty());
    box.redeem(1);
    CHECK_FALSE(box.is_settled());
    CHECK(released(box).empty());
  }
  CHECK(box.is_settled());
}
