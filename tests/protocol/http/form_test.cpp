#include "sluice/protocol/http/form.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace sluice;

TEST_CASE("a form holds its fields in order and decoded (URL standard sec. 5.1)") {
  const auto fields = form::parse("a=1&b=x+y%21&a=2&&empty=&bare");
  REQUIRE(fields);
  CHECK(fields->size() == 5);
  CHECK(fields->find("a") == "1");
  CHECK(fields->find("b") == "x y!");
  CHECK(fields->find("empty") == "");
  CHECK(fields->find("bare") == "");
  CHECK_FALSE(fields->find("c"));
  CHECK(fields->all("a") == std::vector<std::string_view>{"1", "2"});
  CHECK(form::parse("")->empty());
}

TEST_CASE("a form with a broken escape is none") {
  CHECK_FALSE(form::parse("a=%4"));
  CHECK_FALSE(form::parse("%zz=1"));
}

TEST_CASE("parameters are read as what they are asked for") {
  const auto fields = form::parse("n=17&big=300&minus=-1&real=2.5&yes=true&text=a+b");
  REQUIRE(fields);
  CHECK(fields->find<int>("n") == 17);
  CHECK(fields->find<std::int8_t>("minus") == -1);
  CHECK(fields->find<double>("real") == doctest::Approx(2.5));
  CHECK(fields->find<bool>("yes") == true);
  CHECK(fields->find<std::string>("text") == "a b");
  CHECK_FALSE(fields->find<std::uint8_t>("big")); // out of range
  CHECK_FALSE(fields->find<unsigned>("minus"));
  CHECK_FALSE(fields->find<int>("real"));
  CHECK_FALSE(fields->find<int>("none"));
}

TEST_CASE("what is no number is read as none") {
  for (const auto* text : {"", " 1", "1 ", "+1", "1x", "0x10", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parameter_reader<std::int64_t>::read(text));
  }
  for (const auto* text : {"nan", "inf", "1e999", "1,5"}) {
    CAPTURE(text);
    CHECK_FALSE(parameter_reader<double>::read(text));
  }
  for (const auto* text : {"", "yes", "TRUE", "2"}) {
    CAPTURE(text);
    CHECK_FALSE(parameter_reader<bool>::read(text));
  }
}
