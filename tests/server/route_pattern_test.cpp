#include "sluice/server/routing/route_pattern.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;

namespace {

using kind = route_segment::kind_type;
using segments = std::vector<route_segment>;

/// What parse_route_pattern says against `pattern`; empty if it takes it.
std::string complaint_about(std::string_view pattern) {
  try {
    static_cast<void>(parse_route_pattern(pattern));
    return {};
  } catch (const std::invalid_argument& refused) {
    return refused.what();
  }
}

} // namespace

TEST_CASE("a pattern is literals and parameters and at the end a rest (router.hpp)") {
  CHECK(
    parse_route_pattern("/a/{id}/b/{rest...}")
    == segments{
      {kind::literal, "a"}, {kind::parameter, "id"}, {kind::literal, "b"}, {kind::rest, "rest"}});
  CHECK(parse_route_pattern("/{one_name}/{another-1}")
        == segments{{kind::parameter, "one_name"}, {kind::parameter, "another-1"}});
  CHECK(parse_route_pattern("/{all...}") == segments{{kind::rest, "all"}});
}

TEST_CASE("empty segments of a pattern are literal (router.hpp)") {
  CHECK(parse_route_pattern("/") == segments{{kind::literal, ""}});
  CHECK(parse_route_pattern("/a/") == segments{{kind::literal, "a"}, {kind::literal, ""}});
  CHECK(parse_route_pattern("//{id}") == segments{{kind::literal, ""}, {kind::parameter, "id"}});
}

TEST_CASE("literals of a pattern are percent-decoded (RFC 9110 sec. 4.2.3)") {
  CHECK(parse_route_pattern("/caf%C3%A9/a%2fb")
        == segments{{kind::literal, "caf\xc3\xa9"}, {kind::literal, "a/b"}});
  CHECK(parse_route_pattern("/caf\xc3\xa9") == segments{{kind::literal, "caf\xc3\xa9"}});
  CHECK(parse_route_pattern("/%7Bid%7D") == segments{{kind::literal, "{id}"}});
}

TEST_CASE("a malformed pattern is refused with a sentence that quotes it (router.hpp)") {
  for (const std::string pattern : {"",
                                    "a",
                                    "{id}",
                                    "*",
                                    "/a?b",
                                    "/a#b",
                                    "/a b",
                                    "/a\n",
                                    "/a\x7f",
                                    "/%",
                                    "/%4",
                                    "/%zz",
                                    "/a{id}",
                                    "/{id}a",
                                    "/{",
                                    "/}",
                                    "/a}b",
                                    "/{a}{b}",
                                    "/{{a}}",
                                    "/{}",
                                    "/{...}",
                                    "/{a.b}",
                                    "/{a..}",
                                    "/{a....}",
                                    "/{...a}",
                                    "/{a b}",
                                    "/{\xc3\xa9}",
                                    "/{a...}/",
                                    "/{a...}/b",
                                    "/{a...}/{b...}",
                                    "/{a}/{a}",
                                    "/{a}/b/{a...}"}) {
    CAPTURE(pattern);
    CHECK(complaint_about(pattern).starts_with("the route pattern '" + pattern + "' "));
  }
}

TEST_CASE("a literal may equal the name of a parameter (router.hpp)") {
  CHECK(complaint_about("/id/{id}/id").empty());
}
