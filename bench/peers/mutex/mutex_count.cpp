// For LD_PRELOAD: counts what a program does to mutexes, so that a load may show whether the path
// of a request takes any. The counts stand in the file that BENCH_MUTEX_FILE names: two numbers of
// 64 bits, locks and those of them that had to wait. Spin locks and CAF's atomics are no mutexes.

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

struct counts {
  std::atomic<std::uint64_t> locks;
  std::atomic<std::uint64_t> waits;
};

counts* open_counts() {
  static counts nowhere{};
  const char* const name = std::getenv("BENCH_MUTEX_FILE");
  const auto file = name == nullptr ? -1 : open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0 || ftruncate(file, sizeof(counts)) != 0)
    return &nowhere;
  void* const memory = mmap(nullptr, sizeof(counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return memory == MAP_FAILED ? &nowhere : static_cast<counts*>(memory);
}

using mutex_function = int (*)(pthread_mutex_t*);

mutex_function next_of(const char* name) {
  return reinterpret_cast<mutex_function>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static counts* const all = open_counts();
  static const auto lock = next_of("pthread_mutex_lock");
  static const auto try_lock = next_of("pthread_mutex_trylock");
  all->locks.fetch_add(1, std::memory_order_relaxed);
  if (try_lock(mutex) == 0)
    return 0;
  all->waits.fetch_add(1, std::memory_order_relaxed);
  return lock(mutex);
}
