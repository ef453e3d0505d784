#include "sluice/protocol/http/target.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice::http;

TEST_CASE("origin-form is path and query (RFC 9112 sec. 3.2.1)") {
  const auto plain = parse_target("/a%20b/c?x=1?y");
  REQUIRE(plain.has_value());
  CHECK(plain->form == target_form::origin);
  CHECK(plain->path == "/a%20b/c");
  CHECK(plain->query == "x=1?y");
  CHECK(parse_target("//example.com/a")->path == "//example.com/a");
  CHECK(parse_target("/?")->query.empty());
  CHECK(parse_target("/http://a")->form == target_form::origin);
}

TEST_CASE("absolute-form names scheme and authority (RFC 9112 sec. 3.2.2)") {
  const auto whole = parse_target("HTTP://Example.com:8080/a?b");
  REQUIRE(whole.has_value());
  CHECK(whole->form == target_form::absolute);
  CHECK(whole->authority == "Example.com:8080");
  CHECK(whole->path == "/a");
  CHECK(whole->query == "b");

  CHECK(parse_target("https://a")->path == "/");
  const auto without_path = parse_target("http://a?b/c");
  REQUIRE(without_path.has_value());
  CHECK(without_path->authority == "a");
  CHECK(without_path->path == "/");
  CHECK(without_path->query == "b/c");
}

TEST_CASE("authority-form is host and port (RFC 9112 sec. 3.2.3)") {
  const auto target = parse_target("example.com:443");
  REQUIRE(target.has_value());
  CHECK(target->form == target_form::authority);
  CHECK(target->authority == "example.com:443");
  CHECK(target->path.empty());
  CHECK(parse_target("[::1]:443")->form == target_form::authority);
}

TEST_CASE("asterisk-form is a single star (RFC 9112 sec. 3.2.4)") {
  const auto target = parse_target("*");
  REQUIRE(target.has_value());
  CHECK(target->form == target_form::asterisk);
  CHECK(target->path == "*");
}

TEST_CASE("other targets are malformed (RFC 9112 sec. 3.2)") {
  for (const std::string_view text : {"",
                                      "a",
                                      "a/b",
                                      "**",
                                      "*a",
                                      "?a",
                                      "/a b",
                                      "/a#b",
                                      "/a\tb",
                                      "/a\x7f",
                                      "/\x80",
                                      "ftp://a/",
                                      "://a",
                                      "http://",
                                      "http:///a",
                                      "http://user@a/",
                                      "http://a:b/",
                                      "http:/a",
                                      "example.com",
                                      "example.com:",
                                      ":443",
                                      "a:65536",
                                      "[::1]",
                                      "[::1",
                                      "[::1]443",
                                      "a:1:2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_target(text).has_value());
  }
  CHECK_FALSE(parse_target(std::string{"/a\0b", 4}).has_value());
}

TEST_CASE("percent escapes are octets (RFC 3986 sec. 2.1)") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("a%20b%2Fc%2f") == "a b/c/");
  CHECK(percent_decode("%C3%bc") == "\xc3\xbc");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("%2541") == "%41");
  for (const std::string_view text : {"%", "%4", "a%", "a%4", "%g0", "%0g", "%%41", "%+1"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decode(text).has_value());
  }
}

TEST_CASE("query parameters are found by their decoded name") {
  CHECK(query_parameter("a=1&b=2", "b") == "2");
  CHECK(query_parameter("a=1&a=2", "a") == "1");
  CHECK(query_parameter("na%6De=a+b%2B", "name") == "a b+");
  CHECK(query_parameter("a", "a") == "");
  CHECK(query_parameter("a=", "a") == "");
  CHECK(query_parameter("a=b=c", "a") == "b=c");
  CHECK(query_parameter("=x", "") == "x");
  CHECK(query_parameter("%zz=1&a=2", "a") == "2");
  CHECK_FALSE(query_parameter("a=%zz&a=1", "a").has_value());
  CHECK_FALSE(query_parameter("", "a").has_value());
  CHECK_FALSE(query_parameter("", "").has_value());
  CHECK_FALSE(query_parameter("&&", "").has_value());
  CHECK_FALSE(query_parameter("ab=1", "a").has_value());
}

TEST_CASE("Host values are a host and maybe a port (RFC 9110 sec. 7.2)") {
  for (const std::string_view text :
       {"a", "example.com", "example.com:80", "example.com:", "127.0.0.1:8080", "[::1]",
        "[2001:db8::1]:443", "a_b", "%41", "a:65535"}) {
    CAPTURE(text);
    CHECK(is_host(text));
  }
  for (const std::string_view text : {"",
                                      ":80",
                                      "a:b",
                                      "a:65536",
                                      "a b",
                                      "a/b",
                                      "user@a",
                                      "a:1:2",
                                      "a:4294967376",
                                      "a:18446744073709551696",
                                      "[::1]:4294967376",
                                      "[::1",
                                      "::1",
                                      "[]",
                                      "[1]",
                                      "[::g]",
                                      "[::1]x",
                                      "x[::1]",
                                      "%4",
                                      "%",
                                      "a?b",
                                      "\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(is_host(text));
  }
}
