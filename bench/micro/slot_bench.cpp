#include "sluice/actors/messages/slot.hpp"

#include <benchmark/benchmark.h>

namespace {

void slot_deliver_and_acknowledge(benchmark::State& state) {
  sluice::slot one;
  sluice::slot::delivery id = 0;
  for (auto _ : state) {
    one.deliver(++id);
    benchmark::DoNotOptimize(one.acknowledge(id, true));
  }
}
BENCHMARK(slot_deliver_and_acknowledge);

void slot_late_acknowledgement(benchmark::State& state) {
  sluice::slot one;
  one.deliver(2);
  for (auto _ : state)
    benchmark::DoNotOptimize(one.acknowledge(1, true));
}
BENCHMARK(slot_late_acknowledgement);

} // namespace
