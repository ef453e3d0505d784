#include "tests/soak/tally.hpp"

#include <new>
#include <stdexcept>

#include <sys/mman.h>
#include <unistd.h>

namespace sluice::soak {

namespace {

void* map(int descriptor) {
  auto* const memory = ::mmap(nullptr, sizeof(tally), PROT_READ | PROT_WRITE, MAP_SHARED,
                              descriptor, 0);
  if (memory == MAP_FAILED)
    throw std::runtime_error{"can't map the shared counts"};
  return memory;
}

} // namespace

shared_tally::shared_tally() : descriptor_{::memfd_create("soak", 0)} {
  if (descriptor_ < 0 || ::ftruncate(descriptor_, sizeof(tally)) != 0)
    throw std::runtime_error{"can't make the shared counts"};
  counts_ = new (map(descriptor_)) tally;
}

shared_tally::shared_tally(int descriptor)
  : descriptor_{descriptor}, counts_{static_cast<tally*>(map(descriptor))} {}

shared_tally::~shared_tally() {
  ::munmap(counts_, sizeof(tally));
  ::close(descriptor_);
}

void complain(tally& counts, const scenario& of, std::string_view what) {
  counts.anomalies.fetch_add(1);
  counts.last_anomaly.store(of.seed);
  std::string line = "soak: ANOMALY: ";
  line.append(what).append("; ").append(describe(of)).append("\n");
  // One write: lines of several processes don't mix.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace sluice::soak
