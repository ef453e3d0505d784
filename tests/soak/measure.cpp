#include "tests/soak/measure.hpp"

#include "tests/soak/refused_memory.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <malloc.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// As sanitizer/allocator_interface.h declares it, which g++ does not install.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace sluice::soak {

namespace {

std::size_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto all = ::mallinfo2();
  return all.uordblks + all.hblkhd;
#endif
}

} // namespace

std::size_t resident_now() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t open_descriptors() {
  const auto all = std::filesystem::directory_iterator{"/proc/self/fd"};
  // One of them reads the directory.
  return static_cast<std::size_t>(std::distance(begin(all), end(all))) - 1;
}

holdings measure() {
  ::malloc_trim(0);
  return {allocations_alive(), heap_in_use(), resident_now(), open_descriptors()};
}

} // namespace sluice::soak
