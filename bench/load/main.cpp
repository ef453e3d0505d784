// The load generator: one thread, loopback only, one JSON object on standard output.

#include "bench/load/modes.hpp"

#include <exception>
#include <iostream>
#include <map>

#include <sys/resource.h>
#include <unistd.h>

namespace {

// A run ends by itself. If it should hang, the kernel ends it so long after its window.
constexpr unsigned patience = 120;

void take_all_descriptors() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

} // namespace

int main(int argc, char** argv) {
  const std::map<std::string_view, nlohmann::ordered_json (*)(const bench::options&)> modes{
    {"get", bench::run_get},     {"connect", bench::run_connect}, {"echo", bench::run_echo},
    {"flood", bench::run_flood}, {"upload", bench::run_upload},   {"download", bench::run_download},
    {"idle", bench::run_idle},   {"kill", bench::run_kill}};
  bench::options wishes;
  if (const auto status = bench::read_options(argc, argv, wishes))
    return *status;
  take_all_descriptors();
  alarm(static_cast<unsigned>((wishes.warm_up + wishes.length).count() / 1000) + patience);
  try {
    std::cout << modes.at(wishes.mode)(wishes).dump(2) << '\n';
  } catch (const std::exception& error) {
    std::cerr << "bench_load: " << error.what() << '\n';
    return 1;
  }
}
