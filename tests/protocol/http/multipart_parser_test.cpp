#include "sluice/protocol/http/multipart_parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace sluice;
using http::multipart_event;
using http::multipart_parser;

namespace {

/// What a parser makes of `text`, fed in pieces of `size` octets: "[fields](content)..." and an
/// end.
std::string parse(std::string_view text, std::size_t size, const multipart_limits& most = {}) {
  multipart_parser parser{"xyz", most};
  std::string log;
  std::string content;
  auto is_in_part = false;
  const auto close = [&] {
    if (is_in_part)
      log += '(' + content + ')';
    content.clear();
  };
  while (true) {
    switch (parser.next()) {
      case multipart_event::none:
        if (text.empty())
          return log + " none";
        parser.feed(as_octets(text.substr(0, size)));
        text.remove_prefix(std::min(size, text.size()));
        break;
      case multipart_event::part:
        close();
        is_in_part = true;
        log += '[';
        for (const auto line : parser.take_header())
          log.append(line.name).append("=").append(line.value) += ';';
        log += ']';
        break;
      case multipart_event::content: content += as_text(parser.content()); break;
      case multipart_event::end: close(); return log + " end";
      case multipart_event::error: return log + " error: " + std::string{parser.error()};
    }
  }
}

/// The same for every size of the pieces, which must not matter.
std::string parse_split(std::string_view text, const multipart_limits& most = {}) {
  const auto whole = parse(text, text.size(), most);
  for (std::size_t size = 1; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(parse(text, size, most) == whole);
  }
  return whole;
}

} // namespace

TEST_CASE("parts come one by one, wherever the pieces end (RFC 2046 sec. 5.1)") {
  CHECK(parse_split("--xyz\r\nA: b\r\n\r\none\r\n--xyz\r\nC: d\r\nE:f \r\n\r\ntwo\r\n--xyz--\r\n")
        == "[A=b;](one)[C=d;E=f;](two) end");
}

TEST_CASE("preamble, epilogue and padding are ignored (RFC 2046 sec. 5.1.1)") {
  CHECK(parse_split("hello\r\n--xy\r\n--xyz \t\r\n\r\nc\r\n--xyz--\r\nbye --xyz\r\n\r\n")
        == "[](c) end");
}

TEST_CASE("a part may be empty, or without a header section") {
  CHECK(parse_split("--xyz\r\nA: b\r\n\r\n\r\n--xyz\r\n\r\nx\r\n--xyz\r\n\r\n\r\n--xyz--")
        == "[A=b;]()[](x)[]() end");
  CHECK(parse_split("--xyz\r\nA: b\r\n\r\n--xyz--") == "[A=b;]() end"); // not even an empty line
}

TEST_CASE("what only looks like a boundary is content") {
  CHECK(parse_split("--xyz\r\n\r\n\r\n--xy\r\n-xyz\n--xyz\r\r\n--xy\r\n--xyz--")
        == "[](\r\n--xy\r\n-xyz\n--xyz\r\r\n--xy) end");
}

TEST_CASE("content without its closing boundary has no end") {
  CHECK(parse_split("--xyz\r\n\r\nabc\r\n--xyz") == "[] none");
  CHECK(parse_split("nothing at all") == " none");
  CHECK(parse_split("") == " none");
}

TEST_CASE("malformed multipart content is refused") {
  for (const auto* text : {"--xyz\r\nno colon\r\n\r\n", "--xyz\r\n: b\r\n\r\n",
                           "--xyz\r\nA B: c\r\n\r\n", "--xyz\r\nA: b\x01\r\n\r\n", "--xyzA\r\n\r\n",
                           "--xyz-\r\n\r\n", "--xyz \rx\r\n\r\n", "--xyz\r\nA: b\nC: d\r\n\r\n"}) {
    CAPTURE(text);
    CHECK(parse_split(text).find("error") != std::string::npos);
  }
}

TEST_CASE("parts and their header sections are limited, at n and n + 1") {
  multipart_limits most;
  most.parts = 2;
  const std::string part = "--xyz\r\n\r\nx\r\n";
  CHECK(parse_split(part + part + "--xyz--", most) == "[](x)[](x) end");
  CHECK(parse_split(part + part + part + "--xyz--", most).find("error") != std::string::npos);

  most = {};
  most.header_lines = 1;
  CHECK(parse_split("--xyz\r\nA: b\r\n\r\nx\r\n--xyz--", most) == "[A=b;](x) end");
  CHECK(parse_split("--xyz\r\nA: b\r\nA: b\r\n\r\nx\r\n--xyz--", most).find("error")
        != std::string::npos);

  most = {};
  most.header = 2 + 4; // the line break before it counts
  CHECK(parse("--xyz\r\nA: b\r\n\r\nx\r\n--xyz--", 100, most) == "[A=b;](x) end");
  CHECK(parse_split("--xyz\r\nA: bc\r\n\r\nx\r\n--xyz--", most).find("error") != std::string::npos);
}

TEST_CASE("the line of a boundary is bounded at n and n + 1") {
  multipart_limits most;
  most.header = 10;
  for (const auto* const end : {"\r\n\r\nx\r\n--xyz--", "\r\nA: b\r\n\r\n\r\n--xyz--"}) {
    const auto line = [&](std::size_t padding) {
      return "--xyz" + std::string(padding, ' ') + end;
    };
    CHECK(parse_split(line(10), most).ends_with(" end"));
    CHECK(parse_split(line(11), most).find("error") != std::string::npos);
  }
  CHECK(parse_split("--xyz" + std::string(10, '\t'), most) == " none");
  CHECK(parse_split("--xyz" + std::string(11, '\t'), most).find("error") != std::string::npos);
}

TEST_CASE("nothing comes after the end or after an error") {
  for (const auto* text : {"--xyz\r\n\r\na\r\n--xyz--", "--xyzA\r\n"}) {
    CAPTURE(text);
    multipart_parser parser{"xyz", {}};
    parser.feed(as_octets(std::string_view{text}));
    auto last = multipart_event::none;
    while (last != multipart_event::end && last != multipart_event::error) {
      last = parser.next();
      REQUIRE(last != multipart_event::none);
    }
    const auto after = last == multipart_event::end ? multipart_event::none : last;
    CHECK(parser.next() == after);
    parser.feed(as_octets("\r\n--xyz\r\n\r\nmore\r\n--xyz--"));
    CHECK(parser.next() == after);
  }
}
