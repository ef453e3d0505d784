// Differential: the same octets whole and cut give the same requests, content, trailers and
// refusals; and what the parser gives agrees with readings of its own octets that share no code
// with it.

#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/http_run.hpp"

using namespace sluice::fuzz;

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 10};
  const auto bounds = http_limits(from);
  const auto ask_at = from.setting() ^ std::size_t{'0'};
  const auto where = cuts::chosen_by(from);
  const auto octets = from.octets();
  require_same_for_all_cuts(octets, where, [&] { return http_run{bounds, octets, ask_at}; });
}
