#include "sluice/protocol/http/request_parser.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

namespace {

using sluice::http::request_event;
using sluice::http::request_parser;

constexpr std::string_view small_get = "GET /plaintext HTTP/1.1\r\n"
                                       "Host: localhost\r\n"
                                       "\r\n";

// What a browser sends, in length and kind.
constexpr std::string_view browser_get =
  "GET /articles/2024/05/some-title?utm_source=feed&page=2 HTTP/1.1\r\n"
  "Host: www.example.com\r\n"
  "Connection: keep-alive\r\n"
  "Cache-Control: max-age=0\r\n"
  "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
  "sec-ch-ua-mobile: ?0\r\n"
  "sec-ch-ua-platform: \"Linux\"\r\n"
  "Upgrade-Insecure-Requests: 1\r\n"
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
  "Chrome/124.0.0.0 Safari/537.36\r\n"
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
  "image/apng,*/*;q=0.8\r\n"
  "Sec-Fetch-Site: same-origin\r\n"
  "Sec-Fetch-Mode: navigate\r\n"
  "Sec-Fetch-Dest: document\r\n"
  "Referer: https://www.example.com/articles\r\n"
  "Accept-Encoding: gzip, deflate, br\r\n"
  "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes\r\n"
  "\r\n";

std::string chunked_post(std::size_t chunks, std::string_view size_line, std::size_t size) {
  std::string message = "POST /sink HTTP/1.1\r\n"
                        "Host: localhost\r\n"
                        "Transfer-Encoding: chunked\r\n"
                        "\r\n";
  for (std::size_t i = 0; i < chunks; ++i) {
    message += size_line;
    message.append(size, 'x');
    message += "\r\n";
  }
  return message + "0\r\n\r\n";
}

/// Takes one message from its first octet to `end`, as a connection does.
void parse(request_parser& parser, std::string_view message) {
  auto rest = sluice::as_octets(message);
  for (;;) {
    const auto step = parser.next(rest);
    rest = rest.subspan(step.consumed);
    switch (step.event) {
      case request_event::head: benchmark::DoNotOptimize(parser.take_head()); break;
      case request_event::content: benchmark::DoNotOptimize(step.content.data()); break;
      case request_event::end:
        benchmark::DoNotOptimize(parser.take_trailers());
        parser.restart();
        return;
      case request_event::none:
      case request_event::error: throw std::logic_error{"the message is not whole, or not right"};
    }
  }
}

void measure(benchmark::State& state, std::string_view message) {
  request_parser parser{{}};
  for (auto _ : state)
    parse(parser, message);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(message.size()));
}

void parser_small_head(benchmark::State& state) {
  measure(state, small_get);
}
BENCHMARK(parser_small_head);

void parser_browser_head(benchmark::State& state) {
  measure(state, browser_get);
}
BENCHMARK(parser_browser_head);

// Mostly framing, and mostly content.
void parser_chunks_of_16_octets(benchmark::State& state) {
  measure(state, chunked_post(64, "10\r\n", 16));
}
BENCHMARK(parser_chunks_of_16_octets);

void parser_chunks_of_16_kib(benchmark::State& state) {
  measure(state, chunked_post(4, "4000\r\n", 16 * 1024));
}
BENCHMARK(parser_chunks_of_16_kib);

} // namespace
