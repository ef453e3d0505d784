#include "sluice/server/service/record_files.hpp"

#include "sluice/actors/observe/journal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace sluice {

namespace {

constexpr std::chrono::milliseconds between_two{100};
constexpr std::string_view prefix = "sluice-";
constexpr std::string_view suffix = ".record";

/// So that the names are in the order of time.
std::string name_of_now(std::uint64_t number) {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  std::array<char, 32> day{};
  std::strftime(day.data(), day.size(), "%Y%m%dT%H%M%S", &parts);
  std::array<char, 96> name{};
  std::snprintf(name.data(), name.size(), "%s.%03ldZ-%ld-%llu", day.data(), now.tv_nsec / 1'000'000,
                static_cast<long>(::getpid()), static_cast<unsigned long long>(number));
  return std::string{prefix} + name.data() + std::string{suffix};
}

bool is_record(const std::string& name) noexcept {
  return name.starts_with(prefix) && name.ends_with(suffix);
}

/// @returns errno, 0 if all of it was written
int write_file(const std::string& path, std::string_view text) noexcept {
  const auto file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return errno;
  auto failure = 0;
  while (!text.empty() && failure == 0) {
    const auto count = ::write(file, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      failure = errno;
  }
  if (::close(file) != 0 && failure == 0)
    failure = errno;
  if (failure != 0)
    ::unlink(path.c_str());
  return failure;
}

} // namespace

record_files::record_files(std::string directory, journal& log)
  : directory_{std::move(directory)}, log_{log} {
  if (::access(directory_.c_str(), W_OK | X_OK) != 0 || !std::filesystem::is_directory(directory_))
    throw std::runtime_error{"can't write records to " + directory_ + ": "
                             + std::strerror(errno == 0 ? ENOTDIR : errno)};
  thread_ = std::thread{[this] { run(); }};
}

record_files::~record_files() {
  {
    const std::lock_guard guard{mutex_};
    is_over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void record_files::keep(const flight_record& record) {
  auto copy = record; // its text is made by our thread: it takes a loop too long
  const std::lock_guard guard{mutex_};
  if (waiting_.size() >= most_waiting)
    return;
  waiting_.push_back(std::move(copy));
  waiting_count_ = waiting_.size();
  changed_.notify_one();
}

void record_files::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    const auto record = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      write(record);
    } catch (const std::exception& failure) { // no memory for it, say: this one is lost
      log_.report(severity::warning,
                  std::string{"a record could not be written: "} + failure.what());
    }
    lock.lock();
    waiting_count_ = waiting_.size();
    changed_.wait_for(lock, between_two, [this] { return is_over_; });
  }
}

// A disk that is full is told once, and again once there was room.
void record_files::write(const flight_record& record) {
  remove_oldest();
  const auto path = directory_ + '/' + name_of_now(++written_);
  if (const auto failure = write_file(path, record.text()); failure == 0) {
    has_failed_ = false;
    log_.report(severity::information, "a handler failed: the record of its connection is " + path);
  } else if (!std::exchange(has_failed_, true)) {
    log_.report(severity::warning,
                "can't write the record " + path + ": " + std::strerror(failure));
  }
}

void record_files::remove_oldest() const {
  std::vector<std::string> names;
  std::error_code ignored;
  std::filesystem::directory_iterator each{directory_, ignored};
  for (const std::filesystem::directory_iterator end; each != end; each.increment(ignored))
    if (auto name = each->path().filename().string(); is_record(name))
      names.push_back(std::move(name));
  if (names.size() < most_files)
    return;
  std::sort(names.begin(), names.end());
  names.resize(names.size() - most_files + 1);
  for (const auto& name : names)
    std::filesystem::remove(directory_ + '/' + name, ignored);
}

} // namespace sluice
