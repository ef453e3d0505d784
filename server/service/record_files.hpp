#pragma once

#include "sluice/actors/observe/flight_record.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace sluice {

class journal;

/// Writes records to files of a directory, on a thread of its own: "sluice-" and the time, ".record".
/// Of these the directory holds at most `most_files`, the oldest are removed. At most ten are written
/// a second; who has one more then keeps it.
class record_files {
public:
  static constexpr std::size_t most_files = 100;

  /// `log`: is told what was written, and what could not be. Throws std::runtime_error, with a
  /// sentence, when `directory` is none that can be written to.
  record_files(std::string directory, journal& log);
  record_files(const record_files&) = delete;
  record_files& operator=(const record_files&) = delete;
  /// Writes what is queued.
  ~record_files();

  /// Whether there is room for another. Thread-safe, like `keep`.
  [[nodiscard]] bool wants() const noexcept { return waiting_count_ < most_waiting; }
  void keep(const flight_record& record);

private:
  static constexpr std::size_t most_waiting = 8;

  void run();
  void write(const flight_record& record);
  void remove_oldest() const;

  const std::string directory_;
  journal& log_;
  std::uint64_t written_ = 0;
  bool has_failed_ = false; ///< the last time
  std::atomic<std::size_t> waiting_count_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<flight_record> waiting_; ///< guarded by mutex_, like what follows
  bool is_over_ = false;
  std::thread thread_;
};

} // namespace sluice
