#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace sluice::internal {

/// Blocks that a thread has done with and will soon ask for again: of messages, of coroutines, of
/// actors, which come and go with each request. Unlike malloc it takes no look at its neighbours,
/// and keeps blocks of more than 1 KiB at hand. A block may be given back on another thread than
/// took it.
class block_cache {
public:
  /// The largest block that is kept, in octets.
  static constexpr std::size_t largest = 2048;

  [[nodiscard]] static void* take(std::size_t size) {
    if (size > largest)
      return ::operator new(size);
    const auto which = class_of(size);
    auto*& first = mine.first[which];
    if (first == nullptr)
      return ::operator new((which + 1) * step);
    auto* const block = first;
    first = block->next;
    ++mine.room[which];
    return block;
  }

  static void give(void* block, std::size_t size) noexcept {
    if (size > largest)
      return ::operator delete(block);
    const auto which = class_of(size);
    if (mine.room[which] == 0 && !open(which))
      return ::operator delete(block);
    --mine.room[which];
    mine.first[which] = new (block) link{mine.first[which]};
  }

  /// The most blocks that a thread keeps, of all sizes together.
  [[nodiscard]] static std::size_t most_blocks() noexcept;

private:
  static constexpr std::size_t step = 64;

  struct link {
    link* next;
  };
  struct lists {
    std::array<link*, largest / step> first;
    std::array<std::uint16_t, largest / step> room; ///< for how many more of each size
    bool is_open; ///< `room` has been given: once in a thread's life
  };
  struct closer;

  /// How many blocks of a size are kept: more of the small ones, of which a connection has several.
  [[nodiscard]] static std::size_t most_of(std::size_t which) noexcept;

  [[nodiscard]] static constexpr std::size_t class_of(std::size_t size) noexcept {
    return size == 0 ? 0 : (size + step - 1) / step - 1;
  }
  /// Begins to keep blocks, if this thread did not yet. @returns whether there is room now
  static bool open(std::size_t which) noexcept;

  // Found without a call, in a shared library too: there is little of it.
  [[gnu::tls_model("initial-exec")]] static thread_local constinit lists mine;
};

/// Takes the memory of a class from block_cache, if that derives from it. Its size is that of the
/// whole object, which a virtual destructor knows.
struct cached_blocks {
  static void* operator new(std::size_t size) { return block_cache::take(size); }
  static void operator delete(void* block, std::size_t size) noexcept {
    block_cache::give(block, size);
  }
};

/// Takes what a container asks for from block_cache.
template <class T>
struct cached_allocator {
  using value_type = T;

  cached_allocator() noexcept = default;
  template <class U>
  explicit cached_allocator(const cached_allocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(block_cache::take(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    block_cache::give(block, count * sizeof(T));
  }
  friend bool operator==(const cached_allocator&, const cached_allocator&) noexcept { return true; }
};

} // namespace sluice::internal
