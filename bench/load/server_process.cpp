#include "bench/load/server_process.hpp"

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace bench {
namespace {

std::string proc_file(pid_t process, const char* name) {
  return "/proc/" + std::to_string(process) + '/' + name;
}

std::vector<pid_t> threads_of(pid_t process) {
  std::vector<pid_t> threads;
  std::error_code ignored; // the process may have ended
  for (const auto& entry : std::filesystem::directory_iterator{proc_file(process, "task"), ignored})
    threads.push_back(std::stoi(entry.path().filename().string()));
  return threads;
}

void add_with_children(pid_t process, std::vector<pid_t>& all) {
  all.push_back(process);
  for (const auto thread : threads_of(process)) {
    std::ifstream children{proc_file(process, "task/") + std::to_string(thread) + "/children"};
    for (pid_t child = 0; children >> child;)
      add_with_children(child, all);
  }
}

// The kilobytes in the line of /proc/PROCESS/status that begins with `key`, as octets.
std::uint64_t status_value(pid_t process, std::string_view key) {
  std::ifstream status{proc_file(process, "status")};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key))
      return std::stoull(line.substr(key.size())) * 1024;
  return 0;
}

enum class privilege { user, kernel };

int open_counter(pid_t thread, privilege level) {
  perf_event_attr wanted{};
  wanted.type = PERF_TYPE_HARDWARE;
  wanted.size = sizeof wanted;
  wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
  wanted.inherit = 1;
  wanted.exclude_hv = 1;
  wanted.exclude_kernel = level == privilege::user;
  wanted.exclude_user = level == privilege::kernel;
  return static_cast<int>(
    syscall(SYS_perf_event_open, &wanted, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::uint64_t sum_of(const std::vector<int>& counters) {
  std::uint64_t sum = 0;
  for (const auto counter : counters) {
    std::uint64_t value = 0;
    if (::read(counter, &value, sizeof value) == sizeof value)
      sum += value;
  }
  return sum;
}

} // namespace

server_process::server_process(pid_t root) {
  if (root > 0)
    add_with_children(root, processes_);
}

std::chrono::nanoseconds server_process::cpu_time() const {
  std::chrono::nanoseconds sum{0};
  for (const auto process : processes_) {
    clockid_t clock = 0;
    timespec time{};
    if (clock_getcpuclockid(process, &clock) == 0 && clock_gettime(clock, &time) == 0)
      sum += std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  }
  return sum;
}

std::uint64_t server_process::memory() const {
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t sum = 0;
  for (const auto process : processes_) {
    std::ifstream pages{proc_file(process, "statm")};
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    if (pages >> all >> resident)
      sum += resident * page;
  }
  return sum;
}

std::uint64_t server_process::peak_memory() const {
  std::uint64_t sum = 0;
  for (const auto process : processes_)
    sum += status_value(process, "VmHWM:");
  return sum;
}

void server_process::forget_peak() const {
  for (const auto process : processes_)
    std::ofstream{proc_file(process, "clear_refs")} << '5';
}

instruction_counter::instruction_counter(const std::vector<pid_t>& processes) {
  for (const auto process : processes)
    for (const auto thread : threads_of(process))
      for (const auto level : {privilege::user, privilege::kernel}) {
        const auto counter = open_counter(thread, level);
        if (counter < 0)
          counts_all_ = false;
        else
          (level == privilege::user ? user_ : kernel_).push_back(counter);
      }
}

instruction_counter::~instruction_counter() {
  for (const auto* counters : {&user_, &kernel_})
    for (const auto counter : *counters)
      ::close(counter);
}

std::optional<instruction_counter::counts> instruction_counter::read() const {
  if (!counts_all_ || user_.empty())
    return std::nullopt;
  return counts{sum_of(user_), sum_of(kernel_)};
}

} // namespace bench
