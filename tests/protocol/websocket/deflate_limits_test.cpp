#include "tests/protocol/websocket/deflate_wire.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

namespace {

const std::string too_big = "error message_too_big > 88 02 03 f1";
const std::string bomb = "error deflate_ratio > 88 02 03 f0";

deflate_options with_ratio(std::size_t most) {
  deflate_options terms;
  terms.max_ratio = most;
  return terms;
}

} // namespace

TEST_CASE("a message inflates to as many octets as the limit and one more is 1009 (S28)") {
  const limits ten{10, 0, 64};
  for (const std::size_t piece : {std::size_t{1}, std::string::npos}) {
    CAPTURE(piece);
    CHECK(inflated_events_of(deflated("0123456789"), ten, {}, piece, piece)
          == events{"text: 0123456789"});
    CHECK(inflated_events_of(deflated("0123456789a"), ten, {}, piece, piece) == events{too_big});
    CHECK(inflated_events_of(deflated(std::string(10, 'a'), 0xc2), ten, {}, piece, piece)
          == events{"binary: aaaaaaaaaa"});
    CHECK(inflated_events_of(deflated(std::string(11, 'a'), 0xc2), ten, {}, piece, piece)
          == events{too_big});
  }
}

TEST_CASE("the limit holds over all fragments of a compressed message and anew for each (S28)") {
  const limits ten{10, 0, 64};
  compressor zlib;
  const auto fits = zlib.message("01234567ab");
  const auto message = frame(0x42, fits.substr(0, 4)) + frame(0x89, "")
                       + frame(0x80, fits.substr(4));
  CHECK(inflated_events_of(message + message, ten)
        == events{"ping > 8a 00", "binary: 01234567ab", "ping > 8a 00", "binary: 01234567ab"});
  const auto larger = compressor{}.message("01234567abc");
  CHECK(inflated_events_of(frame(0x42, larger.substr(0, 4)) + frame(0x80, larger.substr(4)), ten)
        == events{too_big});
}

TEST_CASE("large limits hold to the octet (S28)") {
  const limits bounds{100'000, 0, 64};
  for (const auto& content : {noise(100'001), std::string(100'001, 'a')}) {
    const auto fits = content.substr(1);
    CHECK(joined(inflated_events_of(deflated(fits, 0xc2), bounds, with_ratio(0), 500, 1))
          == "binary: " + fits + '\n');
    CHECK(inflated_events_of(deflated(content, 0xc2), bounds, with_ratio(0)) == events{too_big});
  }
}

TEST_CASE("a message past its limit takes no memory past it (S28)") {
  session peer{{100'000, 0, 64}, with_ratio(0)};
  const auto input = deflated(std::string(50'000'000, 'a'), 0xc2);
  std::size_t fed = 0;
  for (auto event = session_event::none; event == session_event::none; ++fed) {
    CHECK(peer.buffered() <= 100'000);
    event = peer.next(as_octets(std::string_view{input}.substr(fed, 1))).event;
    if (event != session_event::none)
      CHECK(event == session_event::error);
  }
  CHECK(fed < 200); // of 48 thousand
  CHECK(peer.buffered() == 0);
}

TEST_CASE("what a compressed message may take on the wire is judged on the frame header (S28)") {
  const limits ten{10, 0, 64};
  const auto most = compressed_limit(ten.message);
  CHECK(most == 65'556);
  const auto header = [](std::uint64_t size) {
    return from_hex("c2 ff 00 00 00 00") + static_cast<char>(size >> 24U)
           + static_cast<char>(size >> 16U & 0xffU) + static_cast<char>(size >> 8U & 0xffU)
           + static_cast<char>(size & 0xffU) + from_hex("37 fa 21 3d");
  };
  CHECK(inflated_events_of(header(most), ten) == events{});
  CHECK(inflated_events_of(header(most + 1), ten) == events{too_big});
  // Over all fragments: blocks that hold nothing, for ever.
  std::string empty_blocks;
  for (auto i = 0; i < 2000; ++i)
    empty_blocks += from_hex("00 00 00 ff ff");
  auto flood = frame(0x42, empty_blocks);
  for (auto i = 0; i < 5; ++i)
    flood += frame(0x00, empty_blocks);
  CHECK(inflated_events_of(flood + frame(0x00, empty_blocks.substr(0, 5555)), ten) == events{});
  CHECK(inflated_events_of(flood + frame(0x00, empty_blocks.substr(0, 5557)), ten)
        == events{too_big});
  CHECK(compressed_limit(SIZE_MAX) == std::uint64_t{1} << 63U);
}

TEST_CASE("a message that inflates too much is 1008 once it is large (S28)") {
  const std::string zeros(1'000'000, 'a');
  const auto input = deflated(zeros, 0xc2);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::string::npos}) {
    CAPTURE(piece);
    CHECK(inflated_events_of(input, {}, {}, piece, piece) == events{bomb});
  }
  CHECK(joined(inflated_events_of(input, {}, with_ratio(0))) == "binary: " + zeros + '\n');
  CHECK(joined(inflated_events_of(input, {}, with_ratio(1032))) == "binary: " + zeros + '\n');
  // Up to 64 KiB any ratio is good.
  const std::string small(65'536, 'a');
  CHECK(joined(inflated_events_of(deflated(small, 0xc2))) == "binary: " + small + '\n');
  CHECK(inflated_events_of(deflated(small + 'a', 0xc2)) == events{bomb});
}

TEST_CASE("the ratio is allowed to the octet (S28)") {
  // The ratio rises towards the end, where it is judged last.
  const std::string content = noise(400) + std::string(70'000, 'a');
  const auto payload = compressor{}.message(content);
  const auto size = content.size();
  const auto most = (size + payload.size() - 1) / payload.size();
  REQUIRE(most > 100);
  CHECK(joined(inflated_events_of(frame(0xc2, payload), {}, with_ratio(most)))
        == "binary: " + content + '\n');
  CHECK(inflated_events_of(frame(0xc2, payload), {}, with_ratio(most - 1)) == events{bomb});
}

TEST_CASE("a ratio that is just reached is allowed and one octet more is not (S28)") {
  const auto content_of = [](std::size_t zeros) { return noise(400) + std::string(zeros, 'a'); };
  const auto compressed = [&](std::size_t zeros) {
    return compressor{}.message(content_of(zeros));
  };
  std::size_t zeros = 70'000;
  while (content_of(zeros).size() % compressed(zeros).size() != 0
         || compressed(zeros).size() != compressed(zeros + 1).size())
    ++zeros;
  const auto most = content_of(zeros).size() / compressed(zeros).size();
  REQUIRE(most > 100);
  const auto events_for = [&](std::size_t count) {
    return inflated_events_of(frame(0xc2, compressed(count)), {}, with_ratio(most));
  };
  CHECK((joined(events_for(zeros)) == "binary: " + content_of(zeros) + '\n'));
  CHECK(events_for(zeros + 1) == events{bomb});
}

TEST_CASE("a bomb in parts is found on the way (S28)") {
  const limits parts{10, 16'384, 64};
  const auto input = deflated(std::string(20'000'000, 'a'), 0xc2);
  const auto seen = inflated_events_of(input, parts);
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.back() == bomb);
  CHECK(seen.size() < 20); // what 256 octets come to
  CHECK(joined(inflated_events_of(input, parts, {}, 1, 1)) == joined(seen));
}

TEST_CASE("empty fragments of a compressed message are bounded (S28)") {
  const limits two{10, 0, 2};
  const auto payload = compressor{}.message("ab");
  const auto start = frame(0x41, "") + frame(0x00, payload) + frame(0x00, "");
  CHECK(inflated_events_of(start + frame(0x80, ""), two) == events{"text: ab"});
  CHECK(inflated_events_of(start + frame(0x00, ""), two)
        == events{"error too_many_fragments > 88 02 03 f0"});
}

TEST_CASE("the ratio is judged to the octet wherever it is judged (S28)") {
  // Zeros that end soon behind a place where it is judged, between noise: there alone it is high.
  for (const std::size_t place : {256U, 512U, 1024U, 4096U, 8192U, 12'288U}) {
    CAPTURE(place);
    compressor zlib;
    const auto zeros = std::string(200'000, '\0');
    auto payload = zlib.run(noise(place - 200), Z_SYNC_FLUSH) + zlib.run(zeros, Z_SYNC_FLUSH);
    payload += zlib.message(noise(100'000, 2));
    const auto inflated = decompressor{}.run(payload.substr(0, place)).size();
    REQUIRE(inflated > 65'536);
    REQUIRE(inflated < place - 200 + zeros.size());
    const auto most = (inflated + place - 1) / place;
    for (const std::size_t piece : {std::size_t{1000}, std::string::npos}) {
      CHECK(inflated_events_of(frame(0xc2, payload), {}, with_ratio(most), 1, piece).front()
            != bomb);
      CHECK(inflated_events_of(frame(0xc2, payload), {}, with_ratio(most - 1), 1, piece)
            == events{bomb});
    }
  }
}

TEST_CASE("a bomb behind other messages is found as soon as alone (S28)") {
  const auto zeros = std::string(1'000'000, 'a');
  const auto octets_until_refusal = [&](std::string_view before) {
    compressor zlib;
    std::string first;
    if (!before.empty())
      first = frame(0xc2, zlib.message(before));
    const auto second = frame(0xc2, zlib.message(zeros));
    session peer{{}, deflate_options{}};
    events seen;
    feed(peer, first, seen);
    CHECK(seen.size() == (before.empty() ? 0 : 1));
    std::size_t fed = 0;
    while (fed < second.size() && (seen.empty() || seen.back() != bomb))
      feed(peer, std::string_view{second}.substr(fed++, 1), seen);
    CHECK(seen.back() == bomb);
    return fed;
  };
  const auto alone = octets_until_refusal({});
  CHECK(alone == 8 + 256); // behind the header
  CHECK(octets_until_refusal(noise(5000)) == alone);
  CHECK(octets_until_refusal(std::string(60'000, 'b')) == alone);
}

TEST_CASE("the ratio is that of each message and not of all (S28)") {
  const std::string small(65'536, 'a');
  std::string input;
  for (auto i = 0; i < 20; ++i)
    input += deflated(small, 0xc2);
  const auto seen = inflated_events_of(input);
  REQUIRE(seen.size() == 20);
  CHECK((seen.back() == "binary: " + small));
  // Nor do the octets of the messages before earn credit for a bomb.
  const auto noisy = frame(0xc2, compressor{}.message(noise(50'000)));
  CHECK(inflated_events_of(noisy + deflated(std::string(1'000'000, 'a'), 0xc2)).back() == bomb);
}
