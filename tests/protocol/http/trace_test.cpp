#include "sluice/protocol/http/trace.hpp"

#include "sluice/protocol/http/message.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace sluice;

namespace {

constexpr std::string_view known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

request asking(bool is_trusted) {
  request head;
  head.number = 7;
  head.is_peer_trusted = is_trusted;
  head.fields.add("X-Request-Id", "from-the-proxy")
    .add("traceparent", known)
    .add("tracestate", "a=1")
    .add("tracestate", "b=2");
  return head;
}

} // namespace

TEST_CASE("a traceparent is read, and written again (W3C Trace Context sec. 3.2)") {
  const auto read = parse_traceparent(known);
  REQUIRE(read);
  CHECK(read->trace_id() == "0af7651916cd43dd8448eb211c80319c");
  CHECK(read->flags == 1);
  CHECK(request_trace{"", *read, ""}.traceparent() == known);
}

TEST_CASE("a traceparent that is malformed is none (W3C Trace Context sec. 3.2.2)") {
  for (const auto* text : {
         "",
         "00",
         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
         "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",  // upper case
         "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",  // no digit
         "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",  // the forbidden version
         "00-00000000000000000000000000000000-b7ad6b7169203331-01",  // no trace
         "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",  // no parent
         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", // more than version 00 has
         "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
         "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_traceparent(text));
  }
}

TEST_CASE("of a newer version what is known is taken (W3C Trace Context sec. 3.2.2)") {
  CHECK(parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  CHECK(parse_traceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
}

TEST_CASE("what a peer that is trusted says of a request is taken over (config::trusted_peers)") {
  const auto trace = asking(true).trace();
  CHECK(trace.request_id == "from-the-proxy");
  CHECK(trace.caused_by.trace_id() == "0af7651916cd43dd8448eb211c80319c");
  CHECK(trace.caused_by.flags == 1);
  CHECK(trace.state == "a=1, b=2");
  // The request is the parent of what is done for it.
  CHECK(trace.traceparent().substr(0, 35) == known.substr(0, 35));
  CHECK(trace.traceparent() != known);
  CHECK(parse_traceparent(trace.traceparent()));
}

TEST_CASE("what another says of it is not (config::trusted_peers)") {
  const auto trace = asking(false).trace();
  CHECK(trace.request_id == trace_of_number(7).request_id);
  CHECK(trace.caused_by.trace_id() == trace_of_number(7).caused_by.trace_id());
  CHECK(trace.state.empty());
}

TEST_CASE("what can't be taken over is made (config::trusted_peers)") {
  auto head = asking(true);
  SUBCASE("an id that would forge a line") {
    head.fields = {{"X-Request-Id", "a b"}};
  }
  SUBCASE("an id that is too long") {
    head.fields = {{"X-Request-Id", std::string(129, 'a')}};
  }
  SUBCASE("an empty id") {
    head.fields = {{"X-Request-Id", ""}};
  }
  SUBCASE("two traces") {
    head.fields = {{"traceparent", known}, {"traceparent", known}};
  }
  SUBCASE("a state without a trace") {
    head.fields = {{"tracestate", "a=1"}};
  }
  const auto trace = head.trace();
  CHECK(trace.request_id == trace_of_number(7).request_id);
  CHECK(trace.caused_by.trace_id() == trace_of_number(7).caused_by.trace_id());
  CHECK(trace.state.empty());
}

TEST_CASE("a state that is too long to be passed on is left out, its trace is not") {
  auto head = asking(true);
  head.fields = {{"traceparent", known}, {"tracestate", "a=" + std::string(511, 'x')}};
  CHECK(head.trace().state.empty());
  CHECK(head.trace().caused_by.trace_id() == "0af7651916cd43dd8448eb211c80319c");
  head.fields = {{"traceparent", known}, {"tracestate", "a=" + std::string(510, 'x')}};
  CHECK(head.trace().state.size() == 512);
}

TEST_CASE("ids of 128 letters, digits and -_.:+=/@ are taken for ids") {
  CHECK(is_request_id(std::string(128, 'a')));
  CHECK(is_request_id("aZ09-_.:+=/@"));
  for (const auto* text : {"", " ", "a\"", "a\n", "a,b", "\xc3\xa9"}) {
    CAPTURE(text);
    CHECK_FALSE(is_request_id(text));
  }
}

TEST_CASE("each number has ids of its own, which are valid") {
  std::set<std::string> ids;
  std::set<std::string> traces;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    const auto made = trace_of_number(number);
    ids.insert(made.request_id);
    traces.insert(made.caused_by.trace_id());
    REQUIRE(made.request_id.size() == 16);
    REQUIRE(parse_traceparent(made.traceparent()));
  }
  CHECK(ids.size() == 10'000);
  CHECK(traces.size() == 10'000);
}
