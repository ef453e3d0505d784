#include "sluice/protocol/http/message.hpp"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a Content-Length of 0 is no content (RFC 9112 sec. 6.3)") {
  request head;
  CHECK_FALSE(head.has_content());
  head.content_length = 0;
  CHECK_FALSE(head.has_content());
  head.content_length = 1;
  CHECK(head.has_content());
  head.content_length.reset();
  head.chunked = true;
  CHECK(head.has_content());
}

TEST_CASE("parameters of route and query are found by name") {
  request head;
  head.parameters = {{"name", "x"}, {"id", "7"}};
  head.query = "a=1&b=%20";
  CHECK(head.param("id") == "7");
  CHECK(head.param("other").empty());
  CHECK(head.query_param("b") == " ");
  CHECK_FALSE(head.query_param("c").has_value());
}

TEST_CASE("a text response says that it is UTF-8") {
  const auto made = sluice::text("hello", sluice::status::not_found);
  CHECK(made.status == sluice::status::not_found);
  CHECK(made.fields == sluice::fields{{"Content-Type", "text/plain; charset=utf-8"}});
  CHECK(made.content == "hello");
}

TEST_CASE("every member of every Expect line counts (S16)") {
  const auto expected = [](fields lines, http_version version = http_version::v1_1) {
    request head;
    head.version = version;
    head.fields = std::move(lines);
    return expectation_of(head);
  };
  CHECK(expected({}) == expectation::none);
  CHECK(expected({{"Expect", ""}}) == expectation::none);
  CHECK(expected({{"Expect", " , ,"}}) == expectation::none);
  CHECK(expected({{"Expect", "100-continue"}}) == expectation::continue_);
  CHECK(expected({{"expect", ", 100-CONTINUE ,\t"}}) == expectation::continue_);
  CHECK(expected({{"Expect", "100-continue"}, {"Expect", "a"}}) == expectation::unknown);
  CHECK(expected({{"Expect", "a"}, {"Expect", "100-continue"}}) == expectation::unknown);
  CHECK(expected({{"Expect", "100-continue,a"}}) == expectation::unknown);
  CHECK(expected({{"Expect", "a,100-continue"}}) == expectation::unknown);
  CHECK(expected({{"Expect", "100-continue=1"}}) == expectation::unknown);
  CHECK(expected({{"Expect", "a"}}, http_version::v1_0) == expectation::none);
}

TEST_CASE("what can have no content has no type (RFC 9110 sec. 6.4.1)") {
  for (const auto code :
       {status::continue_, status::no_content, status::reset_content, status::not_modified}) {
    CAPTURE(code_of(code));
    CHECK(text({}, code).fields.empty());
    CHECK(html({}, code).fields.empty());
    CHECK(json_text({}, code).fields.empty());
  }
  CHECK(text({}).fields.contains("Content-Type"));
  CHECK(html({}, status::not_found).fields.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(json_text({}).fields.find("Content-Type") == "application/json");
}
