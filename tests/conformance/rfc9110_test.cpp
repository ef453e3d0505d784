// RFC 9110 in its order: Host, methods, what a status says of its content.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("the authority of an absolute-form target outranks Host (S20)") {
  router routes;
  routes.get("/{name...}", [](const request& head) {
    return text(std::to_string(head.fields.count("Host")) + " "
                + std::string{head.fields.find("Host").value_or("none")} + " " + head.path);
  });
  test_server server{routes};
  raw_client client{server.port()};
  const auto answer_to = [&](std::string_view request) {
    client.send(request);
    const auto answer = client.receive_response();
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  CHECK(answer_to("GET http://a:81/b HTTP/1.1\r\nHost: evil\r\n\r\n") == "1 a:81 /b");
  CHECK(answer_to("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n") == "1 a /");
  CHECK(answer_to("GET HTTPS://a/ HTTP/1.1\r\nHost: b\r\n\r\n") == "1 a /");
  CHECK(answer_to("GET http://a/c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == "1 a /c");
  CHECK(answer_to("GET /b HTTP/1.1\r\nHost: A\r\n\r\n") == "1 A /b");
}

TEST_CASE("a path without route is 404 and a method without route 405 with Allow (S20)") {
  const subject server;
  raw_client client{server.port()};
  const auto answer_to = [&](std::string_view line) {
    client.send(std::string{line} + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.receive_response();
  };
  CHECK(status_of(answer_to("GET /nowhere")) == "404");
  for (const std::string_view line : {"DELETE /", "PATCH /", "TRACE /"}) {
    CAPTURE(line);
    const auto answer = answer_to(line);
    CHECK(status_of(answer) == "405");
    CHECK(answer.find("\r\nAllow: GET, HEAD, OPTIONS, POST, PUT\r\n") != std::string::npos);
  }
  for (const std::string_view line : {"OPTIONS /", "OPTIONS *", "OPTIONS /sink"}) {
    CAPTURE(line);
    const auto answer = answer_to(line);
    CHECK(status_of(answer) == "204");
    CHECK(answer.find("\r\nAllow: GET, HEAD, OPTIONS, POST, PUT\r\n") != std::string::npos);
  }
  // All on one connection: none of these is a reason to end it.
  CHECK(status_of(answer_to("GET /")) == "200");
}

TEST_CASE("a method that nobody implements is 501 and ends the connection (S20)") {
  check_refused({
    {"BREW", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
    {"in small letters", "post / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
    {"a long one", "PROPPATCH / HTTP/1.1\r\nHost: a\r\n\r\n", "501"},
    {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "501"},
    {"the star of another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
  });
}

TEST_CASE("HEAD is answered like GET but for the content (S24)") {
  const auto pieces = std::make_shared<observed<int>>();
  router routes;
  routes.get("/plain", [](const request&) { return text("fine"); });
  routes.get("/whole", [](exchange& http) -> task { co_await http.respond(status::ok, "whole"); });
  routes.get("/pieces", [pieces](exchange& http) {
    return [](exchange& peer, auto made) -> task {
      co_await peer.begin(status::ok, {}, 6);
      made->update([](int& count) { ++count; });
      co_await peer.send("pieces");
      co_await peer.finish();
    }(http, pieces);
  });
  routes.get("/unknown", [pieces](exchange& http) {
    return [](exchange& peer, auto made) -> task {
      co_await peer.begin(status::ok);
      made->update([](int& count) { ++count; });
      co_await peer.send("unknown");
      co_await peer.finish();
    }(http, pieces);
  });
  test_server server{routes};
  raw_client client{server.port()};
  const auto head_of = [&](std::string_view path) {
    client.send("HEAD " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.receive_until("\r\n\r\n");
  };
  CHECK(head_of("/plain").find("\r\nContent-Length: 4\r\n") != std::string::npos);
  CHECK(head_of("/whole").find("\r\nContent-Length: 5\r\n") != std::string::npos);
  CHECK(head_of("/pieces").find("\r\nContent-Length: 6\r\n") != std::string::npos);
  CHECK(head_of("/unknown").find("Content-Length") == std::string::npos);
  CHECK(status_of(head_of("/nowhere")) == "404");
  CHECK(status_of(head_of("/plain")) == "200");
  CHECK_FALSE(client.is_readable(0));
  client.send("GET /pieces HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.receive_all().ends_with("\r\n\r\npieces"));
  CHECK(pieces->get() == 1); // the producers of the answers to HEAD did not run
}

TEST_CASE(
  "a HEAD that is refused before it is routed gets no content either (RFC 9110 sec. 9.3.2)") {
  struct refused {
    std::string rest; ///< of the request, behind its method
    std::string_view status;
  };
  const subject server{[](config& wishes) { wishes.limits.request = {.target = 50}; }};
  for (const auto& one : std::vector<refused>{
         {" / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
         {" / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
         {"  / HTTP/1.1\r\n\r\n", "400"},
         {" /\x01 HTTP/1.1\r\n\r\n", "400"},
         {" /" + std::string(60, 'a') + " HTTP/1.1\r\n\r\n", "414"},
         {" / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n", "431"},
         {" / HTTP/3.1\r\nHost: a\r\n\r\n", "505"},
       }) {
    const auto& rest = one.rest;
    CAPTURE(rest.substr(0, 20));
    CHECK(status_of(server.answer_to("HEAD" + rest)) == one.status);
    CHECK(server.answer_to("HEAD" + rest).ends_with("\r\n\r\n"));
    CHECK_FALSE(server.answer_to("GET" + rest).ends_with("\r\n\r\n"));
  }
  raw_client client{server.port()};
  client.send("HEAD / HTTP/1.1\r\nHo");
  client.shutdown_write();
  const auto cut_off = client.receive_all();
  CHECK(status_of(cut_off) == "400");
  CHECK(cut_off.ends_with("\r\n\r\n"));
}

TEST_CASE("204 304 and 205 carry no content and the connection goes on (S24)") {
  router routes;
  routes.get("/status/{code}", [](const request& head) {
    response whole;
    whole.status = static_cast<status>(std::stoi(std::string{head.param("code")}));
    if (head.query == "content")
      whole.content = "content";
    return whole;
  });
  routes.get("/respond/{code}", [](exchange& http) -> task {
    const auto code = static_cast<status>(std::stoi(std::string{http.param("code")}));
    co_await http.respond(code);
  });
  routes.get("/begin/{code}", [](exchange& http) -> task {
    const auto code = static_cast<status>(std::stoi(std::string{http.param("code")}));
    co_await http.begin(code);
    co_await http.finish();
  });
  test_server server{routes};
  raw_client client{server.port()};
  for (const std::string code : {"204", "304", "205"})
    for (const std::string path : {"/status/", "/respond/", "/begin/"}) {
      CAPTURE(code);
      CAPTURE(path);
      client.send("GET " + path + code + " HTTP/1.1\r\nHost: a\r\n\r\n");
      const auto head = client.receive_until("\r\n\r\n");
      CHECK(status_of(head) == code);
      CHECK(head.find("Transfer-Encoding") == std::string::npos);
      CHECK(head.find("Content-Type") == std::string::npos);
      CHECK((head.find("Content-Length: 0") != std::string::npos) == (code == "205"));
    }
  // Content where none may be is the handler's fault.
  for (const std::string code : {"204", "304", "205", "100", "101", "103", "099", "600", "0"}) {
    CAPTURE(code);
    client.send("GET /status/" + code + "?content HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(status_of(client.receive_response()) == "500");
  }
}
