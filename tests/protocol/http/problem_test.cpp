#include "sluice/protocol/http/problem.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

TEST_CASE("a problem is told as application/problem+json (RFC 9457 sec. 3)") {
  const auto answer = problem_response(status::not_found, "There is nothing here.");
  CHECK(answer.status == status::not_found);
  CHECK(answer.fields.find("Content-Type") == "application/problem+json");
  CHECK(answer.content
        == "{\"title\":\"Not Found\",\"status\":404,\"detail\":\"There is nothing here.\"}\n");
}

TEST_CASE("a problem may have a type, an instance and members of its own (RFC 9457 sec. 3.2)") {
  problem what;
  what.status = status::forbidden;
  what.type = "https://example.org/out-of-credit";
  what.title = "You have \"no\" credit";
  what.instance = "/account/1";
  what.more = {{"balance", "30"}};
  CHECK(
    to_response(what).content
    == "{\"type\":\"https://example.org/out-of-credit\",\"title\":\"You have \\\"no\\\" credit\","
       "\"status\":403,\"instance\":\"/account/1\",\"balance\":\"30\"}\n");
}

TEST_CASE("a problem with octets that are no UTF-8 is told with replacements") {
  CHECK(problem_response(status::bad_request, "a\xff").content.find("a\xef\xbf\xbd")
        != std::string::npos);
}

TEST_CASE("an HTTP error is an answer with fields") {
  problem what;
  what.status = status::unauthorized;
  const http_error error{what, {{"WWW-Authenticate", "Bearer"}}};
  CHECK(std::string{error.what()} == "401 Unauthorized");
  CHECK(error.answer().status == status::unauthorized);
  CHECK(error.answer().fields.find("WWW-Authenticate") == "Bearer");
  CHECK(std::string{http_error{status::conflict, "Taken."}.what()} == "409 Conflict: Taken.");
}
