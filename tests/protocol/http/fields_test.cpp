#include "sluice/protocol/http/fields.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using sluice::field;
using sluice::fields;

TEST_CASE("fields keep their order and their lines") {
  const fields section{{"Host", "a"}, {"X", "1"}, {"x", "2"}};
  REQUIRE(section.size() == 3);
  CHECK(section[1] == field{"X", "1"});
  std::string all;
  for (const auto [name, value] : section)
    all.append(name).append("=").append(value).append(";");
  CHECK(all == "Host=a;X=1;x=2;");
}

TEST_CASE("field names are compared without regard to case (RFC 9110 sec. 5.1)") {
  const fields section{{"Content-Type", "text/plain"}, {"X", "1"}, {"x", "2"}};
  CHECK(section.find("content-TYPE") == "text/plain");
  CHECK(section.find("X") == "1");
  CHECK_FALSE(section.find("Content").has_value());
  CHECK(section.contains("x"));
  CHECK(section.count("X") == 2);
  CHECK(section.joined("X") == "1, 2");
  CHECK(section.joined("Y").empty());
  CHECK(section == fields{{"content-type", "text/plain"}, {"x", "1"}, {"X", "2"}});
  CHECK_FALSE(section == fields{{"Content-Type", "Text/plain"}, {"X", "1"}, {"x", "2"}});
  CHECK_FALSE(section == fields{{"Content-Type", "text/plain"}});
}

TEST_CASE("lines are joined where one is empty (RFC 9110 sec. 5.3)") {
  CHECK(fields{{"X", ""}, {"X", "1"}}.joined("X") == ", 1");
}

TEST_CASE("set replaces every line of the name") {
  fields section{{"X", "1"}, {"Y", "2"}, {"x", "3"}};
  section.set("X", "4");
  CHECK(section == fields{{"Y", "2"}, {"X", "4"}});
  section.set("Z", "5");
  CHECK(section == fields{{"Y", "2"}, {"X", "4"}, {"Z", "5"}});
}

TEST_CASE("remove says how many lines went") {
  fields section{{"X", "1"}, {"Y", "2"}, {"x", "3"}};
  CHECK(section.remove("Z") == 0);
  CHECK(section.remove("X") == 2);
  CHECK(section == fields{{"Y", "2"}});
  section.clear();
  CHECK(section.empty());
}

TEST_CASE("a value may come from the section that it goes into") {
  fields section{{"X", std::string(100, 'x')}};
  for (int i = 0; i < 8; ++i)
    section.add(section[0].name, section[0].value);
  CHECK(section.size() == 9);
  CHECK(section[8] == section[0]);
  section.set("Y", section[4].value);
  CHECK(section.find("Y") == std::string(100, 'x'));
  section.set("X", *section.find("Y"));
  CHECK(section.find("X") == std::string(100, 'x'));
}

TEST_CASE("a line can be built of pieces and loses trailing whitespace (RFC 9112 sec. 5.1)") {
  fields section{{"A", "1"}};
  section.add({}, {});
  section.extend_name("Ho");
  section.extend_name("st");
  section.extend_value("exa");
  section.extend_value("mple \t ");
  section.trim_value();
  CHECK(section == fields{{"A", "1"}, {"Host", "example"}});
  section.add("B", "  ");
  section.trim_value();
  CHECK(section.find("B") == "");
}

TEST_CASE("list fields are searched by whole tokens (RFC 9110 sec. 5.6.1)") {
  const fields section{{"Connection", "keep-alive ,\tUpgrade"}, {"connection", ",close,"}};
  CHECK(section.has_token("Connection", "upgrade"));
  CHECK(section.has_token("Connection", "keep-alive"));
  CHECK(section.has_token("Connection", "CLOSE"));
  CHECK_FALSE(section.has_token("Connection", "keep"));
  CHECK_FALSE(section.has_token("Upgrade", "upgrade"));
}

TEST_CASE("tokens are what the grammar says (RFC 9110 sec. 5.6.2)") {
  CHECK(sluice::is_token("azAZ09!#$%&'*+-.^_`|~"));
  CHECK_FALSE(sluice::is_token(""));
  for (const char c : std::string{"\0\t\r\n \"(),/:;<=>?@[\\]{}\x7f\x80\xff", 25}) {
    CAPTURE(static_cast<int>(c));
    CHECK_FALSE(sluice::is_token(std::string{"a"} + c));
  }
}

TEST_CASE("field values hold no control but HTAB (RFC 9110 sec. 5.5)") {
  for (int octet = 0; octet < 256; ++octet) {
    CAPTURE(octet);
    const bool is_allowed = octet == '\t' || (octet >= 0x20 && octet != 0x7f);
    CHECK(sluice::is_field_value(std::string(1, static_cast<char>(octet))) == is_allowed);
    // Wherever it stands among others, and with another beside it.
    for (std::size_t at = 0; at < 20; ++at) {
      auto text = std::string(20, 'a');
      text[at] = static_cast<char>(octet);
      CHECK(sluice::is_field_value(text) == is_allowed);
      text[19 - at] = '\xff';
      CHECK(sluice::is_field_value(text) == (is_allowed || at == 19 - at));
    }
  }
  CHECK(sluice::is_field_value(""));
}
