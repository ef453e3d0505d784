#include "sluice/server/service/process_figures.hpp"

#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <locale>
#include <sstream>
#include <string>
#include <system_error>

#include <unistd.h>

namespace sluice {

namespace {

/// Fields of /proc/self/stat behind the name, by their number in proc(5).
struct stat_fields {
  double user = 0;   ///< 14, in ticks
  double system = 0; ///< 15
  double start = 0;  ///< 22, since the machine was started
};

stat_fields read_stat() {
  std::ifstream file{"/proc/self/stat"};
  const std::string line{std::istreambuf_iterator<char>{file}, {}};
  const auto behind_name = line.rfind(')');
  if (behind_name == std::string::npos)
    return {};
  std::istringstream rest{line.substr(behind_name + 1)};
  rest.imbue(std::locale::classic());
  stat_fields found;
  std::string field;
  for (auto number = 3; number <= 22 && rest >> field; ++number)
    if (number == 14)
      found.user = std::stod(field);
    else if (number == 15)
      found.system = std::stod(field);
    else if (number == 22)
      found.start = std::stod(field);
  return found;
}

double seconds_of(clockid_t clock) {
  std::timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// When the machine was started, in seconds since 1970, to a hundredth: not from /proc/stat, which a
/// service may not see.
double boot_time() {
  return std::round((seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME)) * 100) / 100;
}

} // namespace

std::uint64_t process_figures::read_resident() {
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

process_figures process_figures::read() {
  process_figures all;
  all.resident = read_resident();
  std::error_code error;
  for (auto each = std::filesystem::directory_iterator{"/proc/self/fd", error};
       !error && each != std::filesystem::directory_iterator{}; each.increment(error))
    ++all.descriptors;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto stat = read_stat();
  all.cpu_seconds = (stat.user + stat.system) / ticks;
  all.start_time = boot_time() + stat.start / ticks;
  return all;
}

} // namespace sluice
