#include "sluice/actors/http/chunk_builder.hpp"

#include "sluice/actors/connection/intake.hpp"
#include "tests/actors/scripted_source.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// Reads `text` for content and lets `use` take it from the intake.
template <class Use>
void read(const std::string& text, Use use) {
  scripted_source source{{{text}}};
  intake in{source};
  in.on_readable();
  std::array<std::byte, 64> buffer{};
  in.read({text.size(), true}, buffer, [&] { use(in); });
}

/// Takes the first `octets` of what `in` shows.
octet_view taken(intake& in, std::size_t octets) {
  const auto piece = in.peek().first(octets);
  in.used(octets);
  return piece;
}

} // namespace

TEST_CASE("content that is all of a read stays where it is") {
  chunk_builder made;
  CHECK(made.empty());
  read("content", [&](intake& in) {
    const auto piece = taken(in, 7);
    made.add(piece, in);
    CHECK_FALSE(made.empty());
    const auto whole = made.take();
    CHECK(whole.text() == "content");
    CHECK(whole.data() == piece.data());
  });
  CHECK(made.empty());
}

TEST_CASE("content that is a small part of a read is copied") {
  chunk_builder made;
  read("content and more", [&](intake& in) {
    const auto piece = taken(in, 7);
    made.add(piece, in);
    const auto whole = made.take();
    CHECK(whole.text() == "content");
    CHECK(whole.data() != piece.data());
  });
}

TEST_CASE("all content of a read is one chunk") {
  chunk_builder made;
  SUBCASE("small pieces")
  read("one.two.three", [&](intake& in) {
    made.add(taken(in, 3), in);
    in.used(1);
    made.add(taken(in, 3), in);
    in.used(1);
    made.add(taken(in, 5), in);
  });
  SUBCASE("a large one first")
  read("onetwothr.ee", [&](intake& in) {
    made.add(taken(in, 9), in);
    in.used(1);
    made.add(taken(in, 2), in);
  });
  const auto text = std::string{made.take().text()};
  CHECK((text == "onetwothree"));
  CHECK(made.empty());
}

TEST_CASE("content that nobody will take is dropped") {
  chunk_builder made;
  SUBCASE("shared")
  read("content", [&](intake& in) { made.add(taken(in, 7), in); });
  SUBCASE("gathered")
  read("content and more", [&](intake& in) { made.add(taken(in, 7), in); });
  made.clear();
  CHECK(made.empty());
  read("next", [&](intake& in) { made.add(taken(in, 4), in); });
  CHECK(made.take().text() == "next");
}
