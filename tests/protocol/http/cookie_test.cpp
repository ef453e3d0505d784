#include "sluice/protocol/http/cookie.hpp"

#include "sluice/protocol/http/fields.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

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

TEST_CASE("a cookie that would become another is refused (RFC 6265 sec. 4.1.1)") {
  const auto is_taken = [](const cookie& what) {
    fields head;
    try {
      set_cookie(head, what);
    } catch (const std::invalid_argument&) {
      CHECK(head.empty());
      return false;
    }
    return true;
  };
  const auto named = [](std::string_view name, std::string_view value) {
    cookie what;
    what.name = name;
    what.value = value;
    return what;
  };
  for (const auto* name : {"", "a b", "a=", "a;", "a\r\n"}) {
    CAPTURE(name);
    CHECK_FALSE(is_taken(named(name, "1")));
  }
  // Every octet, in a value and in an attribute.
  for (int octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const auto text = "a" + std::string(1, static_cast<char>(octet)) + "b";
    const bool is_visible = octet > 0x20 && octet < 0x7f;
    const bool ends_value = std::string_view{"\",;\\"}.find(static_cast<char>(octet))
                            != std::string_view::npos;
    CHECK(is_taken(named("a", text)) == (is_visible && !ends_value));
    const bool is_attribute = (is_visible || octet == ' ') && octet != ';';
    auto what = named("a", "1");
    what.path = "/" + text;
    CHECK(is_taken(what) == is_attribute);
    what.path = "/";
    what.domain = text;
    CHECK(is_taken(what) == is_attribute);
  }
}

TEST_CASE("a cookie says to whom other sites may have it sent (RFC 6265bis sec. 4.1.2.7)") {
  for (const auto& [from, expected] : {std::pair{same_site::lax, "Lax"},
                                       {same_site::strict, "Strict"},
                                       {same_site::none, "None"}}) {
    cookie what;
    what.name = "a";
    what.from = from;
    what.max_age = std::chrono::seconds{0}; // which deletes it
    fields head;
    set_cookie(head, what);
    CHECK(head.find("Set-Cookie")
          == std::string{"a=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite="} + expected);
  }
}

TEST_CASE("quotes around a cookie's value are two (RFC 6265 sec. 4.1.1)") {
  const auto found = [](std::string_view line) {
    const fields head{{"Cookie", line}};
    return std::string{find_cookie(head, "a").value_or("none")};
  };
  CHECK(found("a=\"\"").empty());
  CHECK(found("a=\"b\"") == "b");
  CHECK(found("a=\"") == "\"");
  CHECK(found("a=\"b") == "\"b");
  CHECK(found("a=b\"") == "b\"");
  CHECK(found("a=\"; b=\"") == "\"");
}
