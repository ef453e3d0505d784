#include "sluice/protocol/http/preconditions.hpp"

#include "sluice/protocol/http/http_date.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

namespace {

constexpr std::time_t changed = 784'111'777;    // the date of the RFC's examples
constexpr std::time_t today = 1'767'225'600;    // 1 January 2026
const validators current{"W/\"one\"", changed}; // as all of ours weak

std::string at(std::time_t seconds) {
  return format_http_date(seconds);
}

verdict judged(const fields& asked) {
  return judge_preconditions(asked, current, today);
}

bool permits(const fields& asked) {
  return permits_change(asked, &current, today);
}

} // namespace

TEST_CASE("If-Modified-Since holds to the second (RFC 9110 sec. 13.1.3)") {
  CHECK(judged({{"If-Modified-Since", at(changed - 1)}}) == verdict::proceed);
  CHECK(judged({{"If-Modified-Since", at(changed)}}) == verdict::not_modified);
  CHECK(judged({{"If-Modified-Since", at(changed + 1)}}) == verdict::not_modified);
  CHECK(judged({{"If-Modified-Since", "yesterday"}}) == verdict::proceed);
  CHECK(judged({}) == verdict::proceed);
}

TEST_CASE("If-Unmodified-Since holds to the second (RFC 9110 sec. 13.1.4)") {
  CHECK(judged({{"If-Unmodified-Since", at(changed - 1)}}) == verdict::precondition_failed);
  CHECK(judged({{"If-Unmodified-Since", at(changed)}}) == verdict::proceed);
  CHECK(judged({{"If-Unmodified-Since", at(changed + 1)}}) == verdict::proceed);
  CHECK(judged({{"If-Unmodified-Since", "yesterday"}}) == verdict::proceed);
}

TEST_CASE("If-Match compares strongly and a weak tag matches nothing (RFC 9110 sec. 13.1.1)") {
  CHECK(judged({{"If-Match", "*"}}) == verdict::proceed);
  for (const std::string tags : {"W/\"one\"", "\"one\"", "\"two\"", "", "\"two\", *"}) {
    CAPTURE(tags);
    CHECK(judged({{"If-Match", tags}}) == verdict::precondition_failed);
  }
}

TEST_CASE("If-None-Match compares weakly over all its lines (RFC 9110 sec. 13.1.2)") {
  for (const std::string tags : {"W/\"one\"", "\"one\"", "*", "\"two\", W/\"one\"",
                                 "\"one\",\"two\"", ", ,\"one\"", "\"a,b\", \"one\""}) {
    CAPTURE(tags);
    CHECK(judged({{"If-None-Match", tags}}) == verdict::not_modified);
  }
  for (const std::string tags :
       {"", "\"two\"", "one", "\"one", "\"on\"", "\"one \"", "\"\"", "\"two,\"one\"", "w/one"}) {
    CAPTURE(tags);
    CHECK(judged({{"If-None-Match", tags}}) == verdict::proceed);
  }
  CHECK(judged({{"If-None-Match", "\"two\""}, {"if-none-match", "\"one\""}})
        == verdict::not_modified);
}

TEST_CASE("a tag may hold what separates tags (RFC 9110 sec. 8.8.3)") {
  CHECK(matches_weakly("\"a, *\", \"b\"", "W/\"b\""));
  CHECK(matches_weakly("\"a, b\"", "\"a, b\""));
  CHECK_FALSE(matches_weakly("\"a*b\"", "\"c\""));
  CHECK_FALSE(matches_weakly("\"a, W/\"", "\"W/\""));
}

TEST_CASE("tags outrank dates (RFC 9110 sec. 13.2.2)") {
  // If-Match that holds: If-Unmodified-Since is not asked.
  CHECK(judged({{"If-Match", "*"}, {"If-Unmodified-Since", at(changed - 1)}}) == verdict::proceed);
  // If-None-Match that does not match: If-Modified-Since is not asked.
  CHECK(judged({{"If-None-Match", "\"two\""}, {"If-Modified-Since", at(changed)}})
        == verdict::proceed);
  CHECK(judged({{"If-None-Match", "\"one\""}, {"If-Modified-Since", at(changed - 1)}})
        == verdict::not_modified);
  // What may be changed is judged before what may be sent.
  CHECK(judged({{"If-Match", "\"two\""}, {"If-None-Match", "\"one\""}})
        == verdict::precondition_failed);
  CHECK(judged({{"If-Unmodified-Since", at(changed)}, {"If-Modified-Since", at(changed)}})
        == verdict::not_modified);
  CHECK(judged({{"If-Unmodified-Since", at(changed - 1)}, {"If-None-Match", "\"one\""}})
        == verdict::precondition_failed);
}

TEST_CASE("a change of what is there is judged by what is there (RFC 9110 sec. 13.2.2)") {
  CHECK(permits({}));
  CHECK(permits({{"If-Match", "*"}}));
  CHECK_FALSE(permits({{"If-Match", "\"one\""}}));
  CHECK_FALSE(permits({{"If-None-Match", "*"}}));
  CHECK_FALSE(permits({{"If-None-Match", "\"one\""}}));
  CHECK(permits({{"If-None-Match", "\"two\""}}));
  CHECK(permits({{"If-Unmodified-Since", at(changed)}}));
  CHECK_FALSE(permits({{"If-Unmodified-Since", at(changed - 1)}}));
  CHECK(permits({{"If-Modified-Since", at(changed)}})); // is about reading
  CHECK(permits({{"If-Modified-Since", at(today)}, {"If-None-Match", "\"two\""}}));
}

TEST_CASE("what is not there has neither tag nor date (RFC 9110 sec. 13.1.1 and 13.1.4)") {
  const auto permits_new = [](const fields& asked) {
    return permits_change(asked, nullptr, today);
  };
  CHECK(permits_new({}));
  CHECK_FALSE(permits_new({{"If-Match", "*"}}));
  CHECK_FALSE(permits_new({{"If-Match", "\"one\""}}));
  CHECK(permits_new({{"If-None-Match", "*"}}));
  CHECK(permits_new({{"If-Unmodified-Since", at(0)}}));
}

TEST_CASE("a Range is heeded without If-Range or by a date that is strong (RFC 9110 sec. 13.1.5)") {
  const auto heeded = [](const fields& asked, std::time_t now) {
    return allows_range(asked, current, now);
  };
  CHECK(heeded({}, changed));
  CHECK(heeded({{"If-Range", at(changed)}}, today));
  // The date must be the same, not only later.
  CHECK_FALSE(heeded({{"If-Range", at(changed - 1)}}, today));
  CHECK_FALSE(heeded({{"If-Range", at(changed + 1)}}, today));
  // Within the same second the file may have changed again.
  CHECK_FALSE(heeded({{"If-Range", at(changed)}}, changed));
  CHECK_FALSE(heeded({{"If-Range", at(changed)}}, changed + 1));
  CHECK(heeded({{"If-Range", at(changed)}}, changed + 2));
  // A weak tag proves nothing, and what is neither is no proof.
  CHECK_FALSE(heeded({{"If-Range", "W/\"one\""}}, today));
  CHECK_FALSE(heeded({{"If-Range", "\"one\""}}, today));
  CHECK_FALSE(heeded({{"If-Range", ""}}, today));
}
