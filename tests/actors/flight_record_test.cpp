#include "sluice/actors/observe/flight_record.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

std::vector<flight_event> events_of(const flight_record& record) {
  std::vector<flight_event> all;
  for (const auto& each : record.entries())
    all.push_back(each.what);
  return all;
}

/// The octets of these events, and of those that were left out.
std::uint64_t octets_in(const flight_record& record, flight_event of) {
  std::uint64_t sum = 0;
  for (const auto& each : record.entries())
    if (each.what == of || each.what == flight_event::left_out)
      sum += each.octets;
  return sum;
}

} // namespace

TEST_CASE("a record is a line for each event (docs/reference/record.md)") {
  flight_record record{"127.0.0.1:50000", 100, 1000};
  record.add_received(1ms, "POST / HTTP/1.1\r\n\x01\"\\");
  record.add(1ms + 5ns, flight_event::request, 17, "POST /");
  record.add(3661s, flight_event::peer_end);
  CHECK(record.text()
        == "sluice-record 1 with content, from \"127.0.0.1:50000\"\n"
           "0.001000000 received octets=20 content=\"POST / HTTP/1.1\\x0d\\x0a\\x01\\\"\\\\\"\n"
           "0.001000005 request octets=17 words=\"POST /\"\n"
           "3661.000000000 peer_end\n");
}

TEST_CASE("what is written can be read (docs/reference/record.md)") {
  flight_record record{"unix", 100, 1000};
  std::string every(256, '\0');
  std::iota(every.begin(), every.end(), '\0');
  record.add_received(0ns, every);
  for (auto what = 0; what <= static_cast<int>(flight_event::left_out); ++what)
    record.add(what * 1s + 1ns, static_cast<flight_event>(what), 7, "two \"words\"");
  const auto read = flight_record::parse(record.text());
  CHECK(read.peer() == "unix");
  CHECK(read.has_content());
  CHECK(read.text() == record.text());
  REQUIRE(read.entries().size() == record.entries().size());
  CHECK(read.entries().front().content == every);
  CHECK(read.entries().back().at == record.entries().back().at);
}

TEST_CASE("what is no record is refused, with the line that can't be read") {
  CHECK_THROWS_WITH_AS(static_cast<void>(flight_record::parse("PNG\n")),
                       "this is no record: its first line is not 'sluice-record 1 ...'",
                       std::runtime_error);
  for (const auto* text : {"", "\n", "sluice-record 12 with content, from \"a\"\n",
                           "sluice-record 1\n", "sluice-record 1 with content, from a\n"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(static_cast<void>(flight_record::parse(text)), std::runtime_error);
  }
  const std::string head = "sluice-record 1 without content, from \"unix\"\n";
  CHECK_FALSE(flight_record::parse(head).has_content());
  for (const auto* line :
       {"1 sent", "1.0 sent", "x.000000000 sent", "0.000000000 flown", "0.000000000 sent octets=x",
        "0.000000000 sent words=a", "0.000000000 sent words=\"a", "0.000000000 sent words=\"\\x1",
        "0.000000000 sent words=\"\\xgg\"", "0.000000000 sent more=1", " ", "-1.000000000 sent",
        "99999999999.000000000 sent", "4000000000.000000000 sent",
        "0.000000000 received octets=1 content=\"ab\""}) {
    CAPTURE(line);
    const auto text = head + "0.000000000 closed\n" + line + "\n";
    const auto sentence = std::string{"line 3 of the record can't be read: "} + line;
    CHECK_THROWS_WITH_AS(static_cast<void>(flight_record::parse(text)), sentence.c_str(),
                         std::runtime_error);
  }
}

TEST_CASE("earlier requests are forgotten first (flight_record.hpp)") {
  flight_record record{"", 8, 0};
  for (auto i = 0; i < 4; ++i) {
    record.add_received(0ns, "head");
    record.add(0ns, flight_event::request, 0, std::to_string(i));
    record.add(0ns, flight_event::sent, 10);
  }
  CHECK(record.entries().size() <= 8);
  CHECK(record.entries().front().what == flight_event::received);
  CHECK(record.entries()[1].words != "0");
  CHECK(record.entries()[record.entries().size() - 2].words == "3");
}

TEST_CASE("of a long request the beginning and the end are kept (flight_record.hpp)") {
  flight_record record{"", 16, 0};
  record.add_received(0ns, "head");
  record.add(0ns, flight_event::request, 0, "the one");
  constexpr auto count = 1000;
  for (auto i = 1; i <= count; ++i) {
    record.add_received(i * 1s, "ten octets");
    record.add(i * 1s, flight_event::chunk, 10);
  }
  record.add(2000s, flight_event::failed, 0, "at last");
  CHECK(record.entries().size() == 16);
  CHECK(record.entries()[1].words == "the one");
  CHECK(record.entries()[4].what == flight_event::left_out);
  CHECK(record.entries().back().words == "at last");
  CHECK(record.entries()[record.entries().size() - 2].at == count * 1s);
  CHECK(octets_in(record, flight_event::chunk) == 10 * count);
}

TEST_CASE("no more content of a request is kept than there is room for (flight_record.hpp)") {
  flight_record record{"", 8, 10};
  record.add_received(0ns, "123456");
  record.add(0ns, flight_event::request, 0, "one");
  record.add_received(0ns, "abcdef");
  record.add_received(0ns, "xyz");
  CHECK(record.entries()[0].content == "123456");
  CHECK(record.entries()[2].content == "abcd");
  CHECK(record.entries()[3].content.empty());
  CHECK(octets_in(record, flight_event::received) == 15);
  record.add(0ns, flight_event::sent, 5);
  record.add_received(0ns, "0123456789+");
  CHECK(record.entries()[5].content == "0123456789"); // the next may be a request of its own
}

TEST_CASE("each request has room for its content (flight_record.hpp)") {
  flight_record record{"", 100, 10};
  for (auto i = 0; i < 20; ++i) {
    record.add_received(0ns, "12345678");
    record.add(0ns, flight_event::request, 0, "one");
    record.add(0ns, flight_event::sent, 5);
    std::size_t kept = 0;
    for (const auto& each : record.entries())
      kept += each.content.size();
    CHECK(kept <= 20);
  }
  CHECK(record.entries()[record.entries().size() - 3].content == "12345678");
}

TEST_CASE("an earlier request takes no room from one that is not answered (flight_record.hpp)") {
  flight_record record{"", 100, 64};
  record.add_received(0ns, std::string(60, 'a'));
  record.add(0ns, flight_event::request, 0, "one");
  record.add(0ns, flight_event::sent, 5);
  record.add_received(0ns, "head");
  record.add(0ns, flight_event::request, 50, "two");
  record.add_received(0ns, std::string(50, 'b'));
  CHECK(record.entries().front().content == "head");
  CHECK(record.entries().back().content == std::string(50, 'b'));
}

TEST_CASE("a request is kept with all octets that brought it (flight_record.hpp)") {
  flight_record record{"", 8, 1000};
  record.add_received(0ns, "one");
  record.add(0ns, flight_event::request, 0, "one");
  SUBCASE("a head that came in parts") {
    for (auto i = 0; i < 4; ++i)
      record.add(0ns, flight_event::sent, 1);
    record.add_received(0ns, "tw");
    record.add_received(0ns, "o");
    record.add(0ns, flight_event::request, 0, "two");
    record.add(0ns, flight_event::sent, 1); // the ninth
    CHECK(record.entries()[0].content == "tw");
    CHECK(record.entries()[1].content == "o");
    CHECK(record.entries().size() == 4);
  }
  SUBCASE("one that came with another") {
    for (auto i = 0; i < 20; ++i)
      record.add(0ns, flight_event::request, 0, "more");
    CHECK(record.entries()[0].content == "one");
  }
}

TEST_CASE("long words are cut, and without room for content none is kept") {
  flight_record record{"", 8, 0};
  record.add(0ns, flight_event::failed, 0, std::string(1000, 'x'));
  CHECK(record.entries()[0].words.size() == flight_record::most_words);
  record.add_received(0ns, "secret");
  CHECK(record.text().find("secret") == std::string::npos);
  CHECK(events_of(record) == std::vector{flight_event::failed, flight_event::received});
}
