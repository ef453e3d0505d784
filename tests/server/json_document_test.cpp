#include "sluice/server/json/json_document.hpp"

#include "tests/support/memory_allowance.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <new>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::string_view sample = R"({"a":[1,-2,3.5,true,null,"a text that is no short one"],)"
                                    R"("b":{"c":[[],{}],"d":[["x"],["y",{"z":[0]}]]},"e":[]})";

/// What comes of parsing `text` while only `more` requests for memory are granted, and destroying
/// it.
bool fits(std::string_view text, std::size_t more) {
  const memory_allowance some{more};
  try {
    [[maybe_unused]] const auto document = json_document::parse(text);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

} // namespace

TEST_CASE("a document holds what nlohmann's own parser makes of the text") {
  for (const auto* text : {sample.data(), "[]", "7", "\"text\"", "null", "[[[[1]]]]",
                           R"({"a":1,"a":[2,{"b":3}],"a":{"c":[4]}})", R"({"":{"":{}}})"}) {
    CAPTURE(text);
    CHECK(*json_document::parse(text) == nlohmann::json::parse(text));
  }
}

TEST_CASE("what is no JSON is refused with the place") {
  for (const auto* text : {"", "[", "[1,]", "{\"a\"}", "[1] 2", "\"\xff\""}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)json_document::parse(text), nlohmann::json::parse_error);
  }
  CHECK_THROWS_AS((void)json_document::parse("[1e999]"), nlohmann::json::exception);
  try {
    [[maybe_unused]] const auto none = json_document::parse("[1,}");
  } catch (const nlohmann::json::parse_error& failure) {
    CHECK(failure.byte == 4);
  }
}

TEST_CASE("memory refused at any point of reading JSON is an exception and nothing else") {
  std::size_t granted = 0;
  while (!fits(sample, granted) && granted < 1000)
    ++granted;
  CHECK(granted > 30); // a document of many parts, each refused once
  CHECK(granted < 1000);
  std::string large = "[\"a\"";
  for (auto i = 0; i < 100'000; ++i)
    large += ",\"a\"";
  large += ']';
  CHECK_FALSE(fits(large, 50'000));
}

TEST_CASE("a large document is destroyed without memory") {
  auto document = json_document::parse(sample);
  REQUIRE_FALSE(document->empty());
  {
    const memory_allowance none{0}; // who asks for memory ends the process
    document = json_document{};
  }
  CHECK(document->is_null());
}

TEST_CASE("a document moves whole") {
  auto first = json_document::parse("[1,2]");
  auto second = std::move(first);
  CHECK(second->size() == 2);
  first = std::move(second);
  CHECK(first->at(1) == 2);
}
