// What is content stays content: a request hidden in it is never run, whatever method carries it
// and whether its handler reads it.

#include "tests/conformance/subject.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::string length = std::to_string(hidden.size());

std::string with_hidden_content(std::string_view method_and_target) {
  return std::string{method_and_target} + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length
         + "\r\n\r\n" + std::string{hidden};
}

} // namespace

TEST_CASE("a request in the content of another is content (S12 S18)") {
  for (const std::size_t read_size : {65536u, 1u}) {
    CAPTURE(read_size);
    const subject server{[=](config& wishes) { wishes.limits.chunk_size = read_size; }};
    for (const std::string_view line :
         {"GET /sink", "POST /sink", "GET /", "POST /", "HEAD /sink", "HEAD /", "OPTIONS /",
          "DELETE /", "TRACE /", "GET /nowhere", "PATCH /sink"}) {
      CAPTURE(line);
      raw_client client{server.port()};
      client.send(with_hidden_content(line)
                  + "PUT /sink HTTP/1.1\r\nHost: a\r\nConnection: close"
                    "\r\nContent-Length: 4\r\n\r\nlast");
      const auto all = client.receive_all();
      CHECK(count_of(all, "HTTP/1.1 ") == 2);
      CHECK(all.ends_with("\r\n\r\nlast|"));
    }
    for (const auto& call : server.calls->get())
      CHECK_MESSAGE(call.find("hidden") == std::string::npos, call);
  }
}

TEST_CASE("a request in chunked content that nobody reads is not run (S12 S22)") {
  const subject server;
  const auto answer = server.answer_to(
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n24\r\n" + std::string{hidden}
    + "\r\n0\r\n\r\n" + std::string{hidden});
  CHECK(count_of(answer, "HTTP/1.1 ") == 1);
  CHECK(count_of(answer, "\r\nConnection: close\r\n") == 1);
  CHECK(server.calls->get() == std::vector<std::string>{"POST /"});
}

TEST_CASE("a Connection that names Transfer-Encoding does not unframe the content (S18)") {
  const subject server;
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\n"
              "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\nabc|"));
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nConnection: Content-Length, Host\r\n"
              "Content-Length: 3\r\n\r\nabc");
  CHECK(client.receive_response().ends_with("\r\n\r\nabc|"));
}

TEST_CASE("an upgrade to HTTP/2 is not taken up and its content is content (S26)") {
  const subject server;
  raw_client client{server.port()};
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: "
              + length + "\r\n\r\n" + std::string{hidden});
  const auto answer = client.receive_response();
  CHECK(status_of(answer) == "200");
  CHECK(answer.ends_with(std::string{hidden} + "|"));
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
              "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
              + std::string{hidden});
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  CHECK(status_of(client.receive_all()) == "505");
  CHECK(server.calls->get() == std::vector<std::string>{"POST /sink", "GET /"});
}

TEST_CASE("a field name with an underscore is not Content-Length (S18)") {
  const subject server;
  raw_client client{server.port()};
  client.send(
    "GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 50\r\nTransfer_Encoding: chunked\r\n\r\n"
    "GET /sink HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  CHECK(client.receive_response().ends_with("\r\n\r\n|"));
}

TEST_CASE("a few empty lines before a request are skipped (RFC 9112 sec. 2.2)") {
  const subject server;
  raw_client client{server.port()};
  client.send("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
  client.send("POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\r\n"
              "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_response().ends_with("\r\n\r\nabc|"));
  CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
}
