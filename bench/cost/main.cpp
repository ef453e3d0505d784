// Works on inputs of n and of 2n octets, once each, for who counts instructions meanwhile:
// .ci/cost. Prints a line for each: name, octets, instructions that each of them may cost.

#include "bench/cost/subject.hpp"

#include <cstdio>
#include <exception>

/// callgrind counts in here, and knows it by this name.
extern "C" [[gnu::noinline]] void measured(const bench::subject& what, std::string_view input) {
  what.work(input);
}

int main() {
  for (const auto part :
       {bench::requests, bench::values, bench::multipart, bench::sessions, bench::routes})
    for (const auto& what : part()) {
      try {
        what.work(what.make(1024)); // what is made at first use
        for (const auto octets : {what.octets, 2 * what.octets}) {
          const auto input = what.make(octets);
          measured(what, input);
          std::printf("%s\t%zu\t%zu\n", what.name.c_str(), input.size(), what.most);
        }
      } catch (const std::exception& wrong) {
        std::fprintf(stderr, "%s: %s\n", what.name.c_str(), wrong.what());
        return 1;
      }
    }
}
