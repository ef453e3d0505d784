#include "sluice/protocol/http/server_event.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("an event is its fields and an empty line (HTML sec. 9.2)") {
  server_event event;
  event.data = "one";
  CHECK(format(event) == "data: one\n\n");
  event.type = "news";
  event.id = "7";
  event.retry = 2s;
  CHECK(format(event) == "event: news\nid: 7\nretry: 2000\ndata: one\n\n");
}

TEST_CASE("each line of data is one of the event") {
  server_event event;
  event.data = "a\nb\r\n\rc\n";
  CHECK(format(event) == "data: a\ndata: b\ndata:\ndata: c\ndata:\n\n");
}

TEST_CASE("nothing that an event holds makes another event") {
  server_event event;
  event.type = "a\n\ndata: b";
  event.id = std::string{"1\0002", 3};
  CHECK(format(event) == "event: a\nid: 1\ndata:\n\n");
}

TEST_CASE("a comment is ignored by clients, whatever it holds") {
  CHECK(format_comment("still\n\nhere") == ": still\n:\n: here\n\n");
}
