#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/multipart_reader.hpp"
#include "tests/actors/handler/support.hpp"

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

request head_of(std::string_view type) {
  request head;
  head.fields.add("Content-Type", type);
  return head;
}

/// The status of the one response that the handler sent.
status answer_of(const handler_fixture& client) {
  const auto answers = sent_as<respond>(client);
  REQUIRE(answers.size() == 1);
  return answers.front().whole.status;
}

task take_whole(exchange& http) {
  co_await http.respond(status::ok, co_await http.content().whole(8));
}

task take_form(exchange& http) {
  const auto fields = co_await http.content().form(16);
  co_await http.respond(status::ok, std::string{fields.find("a").value_or("none")});
}

} // namespace

// -- at once -----------------------------------------------------------------------

TEST_CASE("content comes at once up to its limit, and past it 413") {
  for (const auto& [second, expected] :
       {std::pair{"5678", status::ok}, {"56789", status::content_too_large}}) {
    CAPTURE(second);
    handler_fixture client;
    client.start(http_endpoint(take_whole));
    client.deliver("1234");
    client.deliver(second);
    client.end_content();
    client.run();
    CHECK(answer_of(client) == expected);
    CHECK_FALSE(client.handler_alive());
    CHECK_FALSE(client.seen().exit_reason); // a refusal is no failure
  }
}

TEST_CASE(
  "content whose announced length is over the limit is refused before it is asked for (S17)") {
  request head;
  handler_fixture client;
  SUBCASE("over it") {
    head.content_length = 9;
    client.start(http_endpoint(take_whole), head);
    client.run();
    CHECK(answer_of(client) == status::content_too_large);
    CHECK_FALSE(client.seen().wants_content);
  }
  SUBCASE("at it") {
    head.content_length = 8;
    client.start(http_endpoint(take_whole), head);
    client.deliver("12345678");
    client.end_content();
    client.run();
    CHECK(answer_of(client) == status::ok);
  }
}

TEST_CASE("a form has at most a thousand fields, whatever its size") {
  for (const auto& [more, expected] :
       {std::pair{999, status::ok}, {1000, status::content_too_large}}) {
    handler_fixture client;
    client.start(http_endpoint([](exchange& http) -> task {
                   const auto fields = co_await http.content().form();
                   co_await http.respond(status::ok, std::to_string(fields.size()));
                 }),
                 head_of("application/x-www-form-urlencoded"));
    std::string content = "a";
    for (auto i = 0; i < more; ++i)
      content += "&a";
    client.deliver(content);
    client.end_content();
    client.run();
    CHECK(answer_of(client) == expected);
  }
}

TEST_CASE("a task that was made by a reader that is gone reads on") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
                 auto next = http.content().multipart().next();
                 auto part = co_await next;
                 auto content = part->whole();
                 part.reset();
                 co_await http.respond(status::ok, co_await content);
               }),
               head_of("multipart/form-data; boundary=b"));
  client.deliver("--b\r\n\r\nabc\r\n--b--");
  client.end_content();
  client.run();
  CHECK(client.sent_content() == "abc");
}

TEST_CASE("a form comes decoded; another content type is 415 and a broken escape 400") {
  const std::string type = "application/x-www-form-urlencoded";
  for (const auto& [given, content, expected] :
       {std::tuple{type, "a=x+y", status::ok},
        {type, "a=%4", status::bad_request},
        {type, "a=12345678901234567", status::content_too_large},
        {std::string{"text/plain"}, "a=1", status::unsupported_media_type}}) {
    CAPTURE(content);
    handler_fixture client;
    client.start(http_endpoint(take_form), head_of(given));
    client.deliver(content);
    client.end_content();
    client.run();
    CHECK(answer_of(client) == expected);
    if (expected == status::ok)
      CHECK(client.sent_content() == "x y");
  }
}

// -- multipart -----------------------------------------------------------------------

namespace {

constexpr auto multipart_type = "multipart/form-data; boundary=\"b b\"";

/// Writes down what parts there are, in pieces as they come.
exchange_handler part_reader(std::string& log) {
  return [&log](exchange& http) -> task {
    auto parts = http.content().multipart();
    while (auto part = co_await parts.next()) {
      log += std::string{part->name()} + '/' + part->filename().value_or("-") + '/'
             + std::string{part->content_type()} + ':';
      while (const auto piece = co_await part->next())
        log += '<' + std::string{piece->text()} + '>';
      log += '\n';
    }
    co_await http.respond(status::ok);
  };
}

} // namespace

TEST_CASE("the parts of a form come piece by piece, under the same slot (S1 S10)") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint(part_reader(log)), head_of(multipart_type));
  client.deliver("--b b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1");
  client.run();
  CHECK(log == "a/-/text/plain:<1>");
  client.deliver(
    "2\r\n--b b\r\nContent-Disposition: form-data; name=f; filename=\"../d\\x.png\"\r\n");
  client.deliver("Content-Type: image/png\r\n\r\npng\r\n--b b--\r\n");
  client.end_content();
  client.run();
  CHECK(log == "a/-/text/plain:<1><2>\nf/x.png/image/png:<png>\n");
  CHECK(answer_of(client) == status::ok);
}

TEST_CASE("a part that nobody reads is skipped, and a part that is over has no more content") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint([&log](exchange& http) -> task {
                 auto parts = http.content().multipart();
                 auto first = co_await parts.next();
                 const auto second = co_await parts.next();
                 log = std::string{first->name()} + std::string{second->name()};
                 CHECK_FALSE((co_await first->next()).has_value());
                 CHECK_FALSE((co_await parts.next()).has_value());
                 CHECK_FALSE((co_await parts.next()).has_value());
               }),
               head_of(multipart_type));
  for (const auto* piece :
       {"--b b\r\nContent-Disposition: form-data; name=a\r\n\r\nlong", " content\r\n--b b\r\n",
        "Content-Disposition: form-data; name=b\r\n\r\nx\r\n--b b--"})
    client.deliver(piece);
  client.end_content();
  client.run();
  CHECK(log == "ab");
  CHECK_FALSE(client.handler_alive());
}

TEST_CASE("a part may be taken at once, up to a limit") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
                 auto parts = http.content().multipart();
                 auto part = co_await parts.next();
                 CHECK(co_await part->whole(3) == "abc");
                 part = co_await parts.next();
                 co_await part->whole(3);
               }),
               head_of(multipart_type));
  client.deliver("--b b\r\n\r\nabc\r\n--b b\r\n\r\nabcd\r\n--b b--");
  client.end_content();
  client.run();
  CHECK(answer_of(client) == status::content_too_large);
}

TEST_CASE("what is no multipart/form-data is 415, and what ends early or is malformed 400") {
  for (const auto& [type, content, expected] :
       {std::tuple{"text/plain", "", status::unsupported_media_type},
        {"multipart/form-data", "", status::unsupported_media_type},
        {multipart_type, "--b b\r\n\r\nabc", status::bad_request},
        {multipart_type, "--b b\r\nno field\r\n\r\nabc\r\n--b b--", status::bad_request}}) {
    CAPTURE(content);
    std::string log;
    handler_fixture client;
    client.start(http_endpoint(part_reader(log)), head_of(type));
    client.deliver(content);
    client.end_content();
    client.run();
    CHECK(answer_of(client) == expected);
  }
}

TEST_CASE("a boundary has one to seventy octets (RFC 2046 sec. 5.1.1)") {
  for (const std::size_t length : {0U, 1U, 70U, 71U}) {
    CAPTURE(length);
    const std::string boundary(length, 'b');
    std::string log;
    handler_fixture client;
    client.start(http_endpoint(part_reader(log)),
                 head_of("multipart/form-data; boundary=\"" + boundary + '"'));
    client.deliver("--" + boundary + "\r\n\r\nabc\r\n--" + boundary + "--");
    client.end_content();
    client.run();
    const auto is_good = length > 0 && length <= 70;
    CHECK(answer_of(client) == (is_good ? status::ok : status::unsupported_media_type));
    CHECK(log == (is_good ? "/-/text/plain:<abc>\n" : ""));
  }
}

TEST_CASE("what follows the last part is read and ignored (RFC 2046 sec. 5.1.1)") {
  std::string log;
  handler_fixture client;
  client.start(http_endpoint(part_reader(log)), head_of(multipart_type));
  client.deliver("--b b\r\n\r\nabc\r\n--b b--\r\nepilogue");
  client.run();
  CHECK(log == "/-/text/plain:<abc>\n");
  CHECK(client.sent().empty()); // it may go on
  client.deliver("--b b\r\n\r\nno part\r\n--b b--");
  client.run();
  CHECK_FALSE(client.is_stalled());
  CHECK(client.sent().empty());
  client.end_content();
  client.run();
  CHECK(answer_of(client) == status::ok);
  CHECK(log == "/-/text/plain:<abc>\n");
}

// -- parameters, fields, errors, events ------------------------------------------------

TEST_CASE("parameters are read as what the handler asks for; another value is 400") {
  for (const auto& [id, query, expected] : {std::tuple{"17", "page=2", status::ok},
                                            {"x", "page=2", status::bad_request},
                                            {"17", "page=two", status::bad_request},
                                            {"17", "", status::ok}}) {
    CAPTURE(query);
    request head;
    head.parameters = {{"id", id}};
    head.query = query;
    handler_fixture client;
    client.start(http_endpoint([](exchange& http) -> task {
                   const auto sum = http.param<int>("id") + http.query<int>("page").value_or(1);
                   co_await http.respond(status::ok, std::to_string(sum));
                 }),
                 head);
    client.run();
    CHECK(answer_of(client) == expected);
    if (expected == status::ok)
      CHECK(client.sent_content() == (head.query.empty() ? "18" : "19"));
  }
}

TEST_CASE("a handler sees the fields and cookies of its request") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
                 co_await http.respond(status::ok, std::string{http.field("x-name").value_or("?")}
                                                     + std::string{http.cookie("c").value_or("?")}
                                                     + std::string{http.cookie("d").value_or("?")});
               }),
               [] {
                 request head;
                 head.fields.add("X-Name", "ada").add("Cookie", "c=1");
                 return head;
               }());
  client.run();
  CHECK(client.sent_content() == "ada1?");
}

TEST_CASE("an HTTP error after the head is a failure: it can't be the answer (S50)") {
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    co_await http.begin(status::ok);
    throw http_error{status::conflict};
  }));
  client.run();
  CHECK(sent_as<respond>(client).empty());
  CHECK(client.seen().exit_reason);
}

TEST_CASE("fields that are set aside for the response are in its head, whoever sends it") {
  for (const auto at_once : {true, false}) {
    handler_fixture client;
    client.start(http_endpoint([at_once](exchange& http) -> task {
      http.response_fields().add("X-Id", "7");
      if (at_once)
        co_await http.respond(text("a"));
      else
        co_await http.begin(status::ok);
    }));
    client.run();
    if (at_once)
      CHECK(sent_as<respond>(client).at(0).whole.fields.find("X-Id") == "7");
    else
      CHECK(sent_as<begin_response>(client).at(0).fields.find("X-Id") == "7");
  }
  handler_fixture client;
  client.start(http_endpoint([](exchange& http) -> task {
    http.response_fields().add("X-Id", "7");
    co_await http.content().next();
    throw http_error{status::conflict, "It is taken."};
  }));
  client.end_content();
  client.run();
  CHECK(answer_of(client) == status::conflict);
  CHECK(sent_as<respond>(client).at(0).whole.fields.find("X-Id") == "7");
}

TEST_CASE("server-sent events slow down with a client that does not read (S49)") {
  handler_fixture client;
  client.peer_stops_reading();
  auto sent = 0;
  client.start(http_endpoint([&sent](exchange& http) -> task {
    auto events = http.events();
    for (; sent < 3; ++sent)
      co_await events.send(server_event{std::to_string(sent)});
    co_await events.finish();
  }));
  client.run();
  CHECK(sent == 0);
  const auto head = sent_as<begin_response>(client).at(0).fields;
  CHECK(head.find("Content-Type") == "text/event-stream");
  CHECK(head.find("Cache-Control") == "no-store"); // a cache would hold them back
  CHECK(client.sent_content() == "data: 0\n\n");
  client.peer_reads();
  client.run();
  CHECK(client.sent_content() == "data: 0\n\ndata: 1\n\ndata: 2\n\n");
  CHECK(client.seen().is_finished);
}
