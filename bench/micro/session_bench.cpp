#include "bench/load/frames.hpp"
#include "sluice/protocol/websocket/session.hpp"

#include <stdexcept>

#include <benchmark/benchmark.h>

namespace {

/// A client's message of `state.range(0)` octets, received again and again.
void measure(benchmark::State& state, bool is_text) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto frame = bench::masked_frame(bench::payload_of(size), is_text);
  sluice::websocket::session peer{{}};
  for (auto _ : state) {
    const auto step = peer.next(sluice::as_octets(frame));
    if (step.event != sluice::websocket::session_event::message || step.consumed != frame.size())
      throw std::logic_error{"a frame was no message"};
    benchmark::DoNotOptimize(peer.take_message());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void session_binary(benchmark::State& state) {
  measure(state, false);
}
BENCHMARK(session_binary)->Arg(64)->Arg(16 * 1024);

void session_text(benchmark::State& state) {
  measure(state, true);
}
BENCHMARK(session_text)->Arg(64)->Arg(16 * 1024);

} // namespace
