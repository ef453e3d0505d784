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

TEST_CASE("a member is added to what tells a problem (problem.hpp)") {
  auto told = problem_response(status::not_found, "There is nothing here.");
  add_to_problem(told, "request_id", "a\"b");
  CHECK(told.content
        == R"({"title":"Not Found","status":404,"detail":"There is nothing here.",)"
           R"("request_id":"a\"b"})"
           "\n");
  add_to_problem(told, "request_id", "another");
  CHECK(told.content.find("another") == std::string::npos);
}

TEST_CASE("a member is added to whatever object the application has written (problem.hpp)") {
  response told;
  told.fields.add("Content-Type", "application/problem+json; charset=utf-8");
  std::string expected;
  SUBCASE("an empty one") {
    told.content = "{}";
    expected = R"({"id":"x"})";
  }
  SUBCASE("one on several lines") {
    told.content = "{\n  \"title\": \"a\"\n}\n";
    expected = "{\n  \"title\": \"a\"\n,\"id\":\"x\"}\n";
  }
  add_to_problem(told, "id", "x");
  CHECK(told.content == expected);
}

TEST_CASE("what is no problem, or no object, stays as it is (problem.hpp)") {
  response told;
  SUBCASE("of another type") {
    told = json_text("{}", status::not_found);
    add_to_problem(told, "id", "x");
    CHECK(told.content == "{}");
  }
  SUBCASE("whose fields say something of its content") {
    for (const auto* name : {"Content-Length", "Content-Encoding", "Content-Digest"}) {
      auto problem = problem_response(status::not_found);
      problem.fields.add(name, "1");
      const auto before = problem.content;
      add_to_problem(problem, "id", "x");
      CHECK(problem.content == before);
    }
  }
  for (const auto* content : {"", "{", "}", "[]", "\"{}", "nothing"}) {
    CAPTURE(content);
    response other;
    other.fields.add("Content-Type", "application/problem+json");
    other.content = content;
    add_to_problem(other, "id", "x");
    CHECK(other.content == content);
  }
}
