#include "sluice/server/files/file_response.hpp"

#include "sluice/protocol/http/http_date.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

using namespace sluice;

namespace {

constexpr std::time_t changed = 784'111'777; // the date of the RFC's examples
constexpr std::time_t today = 1'767'225'600; // 1 January 2026
constexpr std::uint64_t size = 1000;
const std::string changed_date = "Sun, 06 Nov 1994 08:49:37 GMT";

file_answer asked(fields lines, method which = method::get, std::time_t now = today) {
  request head;
  head.method = which;
  head.fields = std::move(lines);
  return answer_for(head, "text/plain", size, validators_of({changed, 0}, size), now);
}

std::string part_of(const file_answer& answer) {
  return std::to_string(answer.content.first) + '+' + std::to_string(answer.content.length);
}

} // namespace

TEST_CASE("a whole file says what it is and that it can be had in parts (RFC 9110 sec. 14.3)") {
  const auto whole = asked({});
  CHECK(whole.status == status::ok);
  CHECK(part_of(whole) == "0+1000");
  CHECK(whole.fields
        == fields{{"Last-Modified", changed_date},
                  {"ETag", validators_of({changed, 0}, size).entity_tag},
                  {"Accept-Ranges", "bytes"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Content-Type", "text/plain"}});
}

TEST_CASE("a part of a file says which of how many (RFC 9110 sec. 15.3.7)") {
  const auto part = asked({{"Range", "bytes=990-"}});
  CHECK(part.status == status::partial_content);
  CHECK(part_of(part) == "990+10");
  CHECK(part.fields.find("Content-Range") == "bytes 990-999/1000");
  CHECK(part.fields.find("Content-Type") == "text/plain");
  CHECK(asked({{"Range", "bytes=-1"}}).fields.find("Content-Range") == "bytes 999-999/1000");
  CHECK(asked({{"Range", "bytes=0-0"}}).fields.find("Content-Range") == "bytes 0-0/1000");
}

TEST_CASE("a range that no octet is in is 416 with the size (RFC 9110 sec. 15.5.17)") {
  const auto refused = asked({{"Range", "bytes=1000-"}});
  CHECK(refused.status == status::range_not_satisfiable);
  CHECK(refused.fields.find("Content-Range") == "bytes */1000");
  CHECK_FALSE(refused.fields.contains("Content-Type"));
}

TEST_CASE("a Range is ignored where it can't be heeded (RFC 9110 sec. 14.2)") {
  // Twice, by another method, or for a state that is no longer there.
  for (const auto& answer : {asked({{"Range", "bytes=0-0"}, {"Range", "bytes=0-0"}}),
                             asked({{"Range", "bytes=0-0"}}, method::head),
                             asked({{"Range", "bytes=1000-"}}, method::head),
                             asked({{"Range", "bytes=0-0"}, {"If-Range", "W/\"1\""}}),
                             asked({{"Range", "bytes=1000-"}, {"If-Range", "W/\"1\""}})}) {
    CHECK(answer.status == status::ok);
    CHECK(part_of(answer) == "0+1000");
    CHECK_FALSE(answer.fields.contains("Content-Range"));
  }
  CHECK(asked({{"Range", "bytes=0-0"}, {"If-Range", changed_date}}).status
        == status::partial_content);
}

TEST_CASE("conditions are judged before the range (RFC 9110 sec. 13.2.2)") {
  const auto fresh = asked({{"If-Modified-Since", changed_date}, {"Range", "bytes=1000-"}});
  CHECK(fresh.status == status::not_modified);
  CHECK(fresh.fields.find("Last-Modified") == changed_date);
  CHECK(fresh.fields.contains("ETag"));
  CHECK_FALSE(fresh.fields.contains("Content-Type"));
  CHECK(asked({{"If-Match", "\"1\""}, {"Range", "bytes=0-0"}}).status
        == status::precondition_failed);
}

TEST_CASE("no date of a file lies in the future (RFC 9110 sec. 8.8.2.1)") {
  CHECK(asked({}, method::get, changed - 1).fields.find("Last-Modified")
        == format_http_date(changed - 1));
  CHECK(asked({}, method::get, changed).fields.find("Last-Modified") == changed_date);
}

TEST_CASE("an entity tag is weak and differs by size and by nanosecond (RFC 9110 sec. 8.8.1)") {
  const auto tag = [](std::timespec at, std::uint64_t octets) {
    return validators_of(at, octets).entity_tag;
  };
  CHECK(tag({1, 0}, 16) == "W/\"3b9aca00-10\"");
  CHECK(tag({1, 1}, 16) == "W/\"3b9aca01-10\"");
  CHECK(tag({0, 0}, 0) == "W/\"0-0\"");
  CHECK(tag({changed, 0}, 1) != tag({changed, 0}, 2));
  CHECK(validators_of({changed, 999'999'999}, 1).modified == changed);
}

TEST_CASE("who is out of descriptors is told when to come again (RFC 9110 sec. 15.6.4)") {
  for (const auto& [number, is_it] : {std::pair{EMFILE, true}, {ENFILE, true}, {ENOENT, false}})
    CHECK(is_out_of_descriptors({number, std::system_category()}) == is_it);
  CHECK(too_many_files().status == status::service_unavailable);
  CHECK(too_many_files().fields.find("Retry-After") == "1");
}
