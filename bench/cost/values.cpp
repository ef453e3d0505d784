#include "bench/cost/subject.hpp"
#include "sluice/protocol/http/byte_range.hpp"
#include "sluice/protocol/http/cookie.hpp"
#include "sluice/protocol/http/form.hpp"
#include "sluice/protocol/http/http_date.hpp"
#include "sluice/protocol/http/media_type.hpp"
#include "sluice/protocol/http/preconditions.hpp"
#include "sluice/protocol/http/server_event.hpp"
#include "sluice/protocol/http/target.hpp"
#include "sluice/protocol/websocket/deflate_negotiation.hpp"
#include "sluice/protocol/websocket/handshake.hpp"
#include "sluice/protocol/websocket/utf8.hpp"
#include "sluice/server/json/json_document.hpp"

namespace bench {
namespace {

using namespace sluice;

using maker = std::function<std::string(std::size_t)>;

maker of(std::string piece, std::string front = {}, std::string back = {}) {
  return [=](std::size_t octets) { return repeated(octets, piece, front, back); };
}

void add_forms(subjects& to) {
  const auto parse = [](std::string_view input) { expect(form::parse(input).has_value()); };
  to.push_back({"form: many fields", 250, of("a=b&"), parse});
  to.push_back({"form: empty pairs", 80, of("&"), parse});
  to.push_back({"form: escapes", 60, of("%41+"), parse});
  const auto ask = [](std::string_view input) {
    expect(!http::query_parameter(input, "c"));
    expect(!http::has_query_parameter(input, "c"));
  };
  to.push_back({"query: many pairs", 220, of("a=b&"), ask});
  to.push_back({"query: broken escapes", 85, of("%4=%4&"), ask});
  to.push_back({"target: escapes", 60, of("%41", "/"), [](std::string_view input) {
                  expect(http::parse_target(input) && http::percent_decode(input));
                }});
  to.push_back(
    {"host: escapes", 30, of("%41"), [](std::string_view input) { expect(http::is_host(input)); }});
  to.push_back({"host: an address of colons", 20, of("1:", "[", "]"),
                [](std::string_view input) { expect(http::is_host(input)); }});
  const auto write = [](std::string_view input) {
    expect(format(server_event{std::string{input}}).size() > input.size());
    expect(format_comment(input).size() > input.size());
  };
  to.push_back({"event: many lines", 310, of("\r\n\r\n"), write});
}

void add_fields(subjects& to) {
  const auto find = [](std::string_view input) {
    expect(!http::find_cookie({{"Cookie", input}}, "c"));
  };
  to.push_back({"cookies: many", 85, of("a=b;"), find});
  to.push_back({"cookies: blanks", 65, of(" \t;"), find});
  const auto parse = [](std::string_view input) {
    expect(http::parse_parameterized(input).has_value());
  };
  to.push_back({"media type: empty parameters", 110, of(" ;", "a/b;"), parse});
  to.push_back({"media type: blanks", 60, of(" \t", "a/b;", "c=d"), parse});
  to.push_back({"media type: a quoted value", 40, of("\\\"", "a/b;c=\"", "\""), parse});
  to.push_back({"media type: more parameters than may be", 5,
                [](std::size_t octets) {
                  return numbered(
                    octets, [](std::size_t i) { return ";p" + std::to_string(i) + "=v"; }, "a/b");
                },
                [](std::string_view input) { expect(!http::parse_parameterized(input)); }});
  to.push_back({"date: a long weekday", 5, of("a", "", ", 06-Nov-94 08:49:37 GMT"),
                [](std::string_view input) { expect(parse_http_date(input, 0).has_value()); }});
  to.push_back({"range: a long number", 35, of("0", "bytes=", "-1"), [](std::string_view input) {
                  expect(parse_range(input, 10).wanted == range_request::kind::part);
                }});
  to.push_back({"range: many", 5, of("0-1,", "bytes="), [](std::string_view input) {
                  expect(parse_range(input, 10).wanted == range_request::kind::whole);
                }});
  const validators current{"W/\"b\"", 0};
  const auto judge = [=](std::string_view input) {
    expect(judge_preconditions({{"If-None-Match", input}}, current, 9) == verdict::proceed);
  };
  to.push_back({"preconditions: many tags", 45, of("\"a\","), judge});
  to.push_back({"preconditions: a tag without end", 20, of("W/", "", "\""), judge});
  to.push_back({"preconditions: many fields", 200, of("\"a\","), [=](std::string_view input) {
                  fields asked;
                  for (std::size_t i = 0; i < input.size() / 4; ++i)
                    asked.add("If-None-Match", "\"a\"");
                  expect(judge_preconditions(asked, current, 9) == verdict::proceed);
                }});
  to.push_back({"expectations: many", 35, of("100-continue,"), [](std::string_view input) {
                  request head;
                  head.fields.add("Expect", input);
                  expect(expectation_of(head) == expectation::continue_);
                }});
}

void add_offers(subjects& to) {
  to.push_back({"subprotocols: many", 170,
                [](std::size_t octets) {
                  return numbered(octets, [](std::size_t i) { // different, in no order
                    return std::to_string(i * 2'654'435'761U % (1ULL << 32U)) + ",";
                  });
                },
                [](std::string_view input) {
                  request head;
                  head.fields.add("Sec-WebSocket-Protocol", input);
                  const std::vector<std::string> known{"a", "b", "c"};
                  expect(websocket::choose_subprotocol(head, known).empty());
                },
                64 * 1024});
  const auto negotiate = [](std::string_view input) {
    expect(!websocket::negotiate_deflate({{"Sec-WebSocket-Extensions", input}}, {}));
  };
  to.push_back({"extensions: many offers", 150, of("permessage-deflate;a=b,"), negotiate});
  to.push_back({"extensions: short names", 180, of("a,"), negotiate});
  to.push_back({"extensions: many parameters", 200, of(";a=b", "permessage-deflate"), negotiate});
  to.push_back(
    {"extensions: a quoted value", 30, of("\\b", "permessage-deflate;a=\"", "\""), negotiate});
  to.push_back(
    {"extensions: a quote without end", 45, of("b", "permessage-deflate;a=\""), negotiate});
}

void add_texts(subjects& to) {
  const auto check = [](std::string_view input) { expect(websocket::is_utf8(as_octets(input))); };
  to.push_back({"UTF-8: ASCII", 5, of("a"), check});
  to.push_back({"UTF-8: characters of four octets", 15, of("\xf0\x9f\x98\x80"), check});
  to.push_back({"UTF-8: ASCII between others", 40, of("a\xc3\xa9"), check});
  const auto parse = [](std::string_view input) {
    expect(!json_document::parse(input)->is_null());
  };
  to.push_back(
    {"JSON: deep", 1200,
     [](std::size_t octets) { return std::string(octets / 2, '[') + std::string(octets / 2, ']'); },
     parse});
  to.push_back({"JSON: deep objects", 550,
                [](std::size_t octets) {
                  auto text = repeated(octets / 6 * 5, "{\"a\":");
                  text += '1';
                  return text.append(text.size() / 5, '}');
                },
                parse});
  to.push_back({"JSON: many members", 590,
                [](std::size_t octets) {
                  return numbered(
                    octets, [](std::size_t i) { return '"' + std::to_string(i) + "\":1,"; }, "{",
                    "\"a\":2}");
                },
                parse});
  to.push_back({"JSON: escapes", 120, of("\\u00e9", "\"", "\""), parse});
}

} // namespace

subjects values() {
  subjects all;
  add_forms(all);
  add_fields(all);
  add_offers(all);
  add_texts(all);
  return all;
}

} // namespace bench
