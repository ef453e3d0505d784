#include "sluice/protocol/http/media_type.hpp"

#include "sluice/protocol/http/fields.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using http::parse_parameterized;

TEST_CASE("a media type is read with its parameters (RFC 9110 sec. 8.3.1)") {
  const auto type = parse_parameterized(R"( Text/HTML ;Charset="utf-8";; boundary=a-b )");
  REQUIRE(type);
  CHECK(type->value == "text/html");
  CHECK(type->find("charset") == "utf-8");
  CHECK(type->find("boundary") == "a-b");
  CHECK_FALSE(type->find("q"));
}

TEST_CASE("a quoted value may hold what ends others (RFC 9110 sec. 5.6.4)") {
  const auto type = parse_parameterized(R"(form-data; name="a;b=c \"d\"\\"; filename="C:\tmp")");
  REQUIRE(type);
  CHECK(type->find("name") == R"(a;b=c "d"\)");
  CHECK(type->find("filename") == R"(C:\tmp)");
}

TEST_CASE("a malformed media type is none") {
  for (const auto* text : {"", ";", "a/b; c", "a/b; =c", "a/b; c=", "a/b; c=\"d", "a/b; c=\"d\"e",
                           "a/b; c d=e", "a/b; c=d\"e", "a/b; c=d; C=d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_parameterized(text));
  }
}

TEST_CASE("the number of parameters is bounded so that reading them is linear") {
  const auto with = [](int count) {
    std::string text = "a/b";
    for (auto i = 0; i < count; ++i)
      text += "; p" + std::to_string(i) + "=v;"; // empty parameters don't count
    return parse_parameterized(text);
  };
  const auto most = static_cast<int>(http::most_parameters);
  REQUIRE(with(most));
  CHECK(with(most)->parameters.size() == http::most_parameters);
  CHECK(with(most)->find("p" + std::to_string(most - 1)) == "v");
  CHECK_FALSE(with(most + 1));
  CHECK_FALSE(with(5000));
}

TEST_CASE("a head has a media type if it says so once") {
  const fields once{{"content-type", "Application/JSON; charset=utf-8"}};
  CHECK(http::has_media_type(once, "application/json"));
  CHECK_FALSE(http::has_media_type(once, "application/jso"));
  CHECK_FALSE(http::has_media_type({}, "application/json"));
  CHECK_FALSE(http::has_media_type({{"Content-Type", "a/b"}, {"Content-Type", "a/b"}}, "a/b"));
}
