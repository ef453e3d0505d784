#include "sluice/protocol/http/method.hpp"

#include <doctest/doctest.h>

using sluice::method;

TEST_CASE("each method is the one that its token names (RFC 9110 sec. 9.1)") {
  for (const auto value : {method::get, method::head, method::post, method::put, method::del,
                           method::connect, method::options, method::trace, method::patch}) {
    CAPTURE(to_string(value));
    CHECK(sluice::method_of(to_string(value)) == value);
  }
  CHECK(to_string(method::del) == "DELETE");
}

TEST_CASE("method tokens are case-sensitive and whole (RFC 9110 sec. 9.1)") {
  for (const std::string_view token : {"", "get", "Get", "GE", "GETT", "PROPFIND", "DEL"}) {
    CAPTURE(token);
    CHECK_FALSE(sluice::method_of(token).has_value());
  }
}
