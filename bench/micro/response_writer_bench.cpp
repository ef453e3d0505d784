#include "sluice/protocol/http/response_writer.hpp"

#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

namespace {

using namespace sluice::http;

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";

void demand(const std::error_code& error) {
  if (error)
    throw std::system_error{error};
}

void writer_sized(benchmark::State& state) {
  const auto hello = sluice::text("Hello, World!");
  response_writer writer;
  std::string out;
  for (auto _ : state) {
    out.clear();
    demand(writer.begin({}, hello.status, hello.fields, hello.content.size(), persistence::keep,
                        date, out));
    benchmark::DoNotOptimize(writer.content(hello.content.size()));
    demand(writer.finish({}, out));
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(writer_sized);

void writer_ten_fields(benchmark::State& state) {
  auto hello = sluice::text("Hello, World!");
  for (const auto* name : {"Cache-Control", "ETag", "Vary", "Content-Language", "X-Request-Id",
                           "Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options",
                           "Referrer-Policy"})
    hello.fields.add(name, "a value of some length");
  response_writer writer;
  std::string out;
  for (auto _ : state) {
    out.clear();
    demand(writer.begin({}, hello.status, hello.fields, hello.content.size(), persistence::keep,
                        date, out));
    benchmark::DoNotOptimize(writer.content(hello.content.size()));
    demand(writer.finish({}, out));
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(writer_ten_fields);

void writer_chunk(benchmark::State& state) {
  response_writer writer;
  std::string out;
  demand(writer.begin({}, sluice::status::ok, {}, {}, persistence::keep, date, out));
  for (auto _ : state)
    benchmark::DoNotOptimize(writer.content(16 * 1024));
}
BENCHMARK(writer_chunk);

} // namespace
