#include "protocol/http/cookie.hpp"

#include "protocol/http/fields.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <tuple>

using namespace sluice;
using http::find_cookie;

TEST_CASE("a cookie is found among those of a request (RFC 6265 sec. 4.2)") {
  const fields head{{"Cookie", "a=1; session=abc=;quoted=\"x y\" ; empty="},
                    {"cookie", "b=2; a=3"}};
  CHECK(find_cookie(head, "a") == "1");
  CHECK(find_cookie(head, "session") == "abc=");
  CHECK(find_cookie(head, "quoted") == "x y");
  CHECK(find_cookie(head, "empty") == "");
  CHECK(find_cookie(head, "b") == "2");
  CHECK_FALSE(find_cookie(head, "A"));
  CHECK_FALSE(find_cookie(head, "c"));
  CHECK_FALSE(find_cookie(fields{{"Cookie", "; ;a"}}, "a"));
}

TEST_CASE("a cookie is set with safe attributes unless told otherwise (RFC 6265 sec. 4.1)") {
  fields head;
  cookie what;
  what.name = "session";
  what.value = "abc";
  set_cookie(head, what);
  what.domain = "example.org";
  what.path = "/a";
  what.max_age = std::chrono::hours{1};
  what.http_only = what.secure = false;
  what.from = same_site::strict;
  set_cookie(head, what);
  REQUIRE(head.size() == 2);
  CHECK(head[0].value == "session=abc; Path=/; HttpOnly; Secure; SameSite=Lax");
  CHECK(head[1].value == "session=abc; Path=/a; Domain=example.org; Max-Age=3600; SameSite=Strict");
}

TEST_CASE("a cookie that would become another is refused") {
  fields head;
  for (const auto& [name, value, path] : {std::tuple{"a b", "1", "/"},
                                          {"", "1", "/"},
                                          {"a=", "1", "/"},
                                          {"a", "1; b=2", "/"},
                                          {"a", "1\r\n", "/"},
                                          {"a", "\"", "/"},
                                          {"a", "1", "/; Secure"},
                                          {"a", "1", "/\n"}}) {
    CAPTURE(name);
    CAPTURE(value);
    cookie what;
    what.name = name;
    what.value = value;
    what.path = path;
    CHECK_THROWS_AS(set_cookie(head, what), std::invalid_argument);
  }
  CHECK(head.empty());
}
