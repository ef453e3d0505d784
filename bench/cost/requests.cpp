#include "bench/cost/subject.hpp"
#include "sluice/protocol/http/request_parser.hpp"
#include "sluice/protocol/http/response_writer.hpp"

#include <limits>

namespace bench {
namespace {

using namespace sluice;
using http::request_event;

/// Limits would end what is to be measured: without them it is seen that no limit is needed to keep
/// the work in proportion.
http::limits without_limits() {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  return {most, most, most, most, most};
}

/// Reads all requests in `input`, in pieces of at most `piece` octets.
void read(std::string_view input, std::size_t piece) {
  http::request_parser parser{without_limits()};
  auto rest = as_octets(input);
  std::size_t requests = 0;
  while (true) {
    const auto step = parser.next(rest.first(std::min(piece, rest.size())));
    rest = rest.subspan(step.consumed);
    expect(step.event != request_event::error);
    if (step.event == request_event::head)
      static_cast<void>(parser.take_head());
    if (step.event == request_event::end) {
      static_cast<void>(parser.take_trailers());
      parser.restart();
      ++requests;
    }
    if (step.event == request_event::none && rest.empty())
      break;
  }
  expect(requests > 0);
}

constexpr auto whole = std::numeric_limits<std::size_t>::max();

void add(subjects& to, const std::string& name, std::size_t most, std::size_t most_by_octet,
         const std::function<std::string(std::size_t)>& make) {
  to.push_back(
    {"request: " + name, most, make, [](std::string_view input) { read(input, whole); }});
  to.push_back({"request: " + name + ", octet by octet", most_by_octet, make,
                [](std::string_view input) { read(input, 1); }});
}

void add_response(subjects& to) {
  const auto make = [](std::size_t octets) { return repeated(octets, "A: b\r\n"); };
  to.push_back({"response: many fields", 160, make, [](std::string_view input) {
                  fields head;
                  for (std::size_t i = 0; i < input.size() / 6; ++i)
                    head.add("A", "b");
                  std::string out;
                  http::response_writer writer;
                  expect(
                    !writer.begin({}, status::ok, head, 0, http::persistence::keep, "now", out));
                }});
}

} // namespace

subjects requests() {
  constexpr std::string_view host = "\r\nHost: a\r\n";
  const auto get = "GET / HTTP/1.1" + std::string{host};
  const auto chunked = "POST / HTTP/1.1" + std::string{host} + "Transfer-Encoding: chunked\r\n\r\n";
  subjects all;
  add(all, "many fields", 130, 400,
      [=](std::size_t octets) { return repeated(octets, "A: b\r\n", get, "\r\n"); });
  add(all, "many fields without value", 210, 710,
      [=](std::size_t octets) { return repeated(octets, "A:\r\n", get, "\r\n"); });
  add(all, "a long value", 15, 680,
      [=](std::size_t octets) { return repeated(octets, "b", get + "A: ", "\r\n\r\n"); });
  add(all, "a value of blanks", 15, 680,
      [=](std::size_t octets) { return repeated(octets, "b \t ", get + "A: ", "\r\n\r\n"); });
  add(all, "a long name", 15, 660,
      [=](std::size_t octets) { return repeated(octets, "A", get, ": b\r\n\r\n"); });
  add(all, "a list of connection options", 160, 820, [=](std::size_t octets) {
    return repeated(octets, "a,", get + "Connection: ", "a\r\n\r\n");
  });
  add(all, "many connection fields", 130, 730,
      [=](std::size_t octets) { return repeated(octets, "Connection: a, b\r\n", get, "\r\n"); });
  add(all, "a long target", 15, 460, [=](std::size_t octets) {
    return repeated(octets, "/%41?", "GET /", " HTTP/1.1" + std::string{host} + "\r\n");
  });
  add(all, "a long host", 40, 710, [=](std::size_t octets) {
    return repeated(octets, "%41", "GET / HTTP/1.1\r\nHost: ", "\r\n\r\n");
  });
  add(all, "empty lines before it", 45, 350,
      [=](std::size_t octets) { return repeated(octets, "\r\n", "", get + "\r\n"); });
  add(all, "small chunks", 130, 470,
      [=](std::size_t octets) { return repeated(octets, "1\r\nx\r\n", chunked, "0\r\n\r\n"); });
  add(all, "chunk extensions", 95, 470, [=](std::size_t octets) {
    return repeated(octets, "1;a=\"b\"\r\nx\r\n", chunked, "0\r\n\r\n");
  });
  add(all, "an extension without end", 65, 480, [=](std::size_t octets) {
    return repeated(octets, ";a=b", chunked + "1", "\r\nx\r\n0\r\n\r\n");
  });
  add(all, "many trailers", 150, 580,
      [=](std::size_t octets) { return repeated(octets, "A: b\r\n", chunked + "0\r\n", "\r\n"); });
  add(all, "pipelined", 130, 570,
      [=](std::size_t octets) { return repeated(octets, get + "\r\n"); });
  all.push_back(
    {"request: whether it would complete, small chunks", 130,
     [=](std::size_t octets) { return repeated(octets, "1\r\nx\r\n", chunked, "0\r\n\r\n"); },
     [](std::string_view input) {
       http::request_parser parser{without_limits()};
       const auto step = parser.next(as_octets(input));
       expect(step.event == request_event::head);
       expect(parser.would_complete(as_octets(input).subspan(step.consumed)));
     }});
  add_response(all);
  return all;
}

} // namespace bench
