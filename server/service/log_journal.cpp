#include "sluice/server/service/log_journal.hpp"

#include "sluice/actors/observe/escaped.hpp"
#include "sluice/protocol/http/json_text.hpp"
#include "sluice/server/options/config.hpp"
#include "sluice/server/service/record_files.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace sluice {

namespace {

/// Lines that may wait, whose memory is taken at once: some 400 octets each.
constexpr std::size_t queue_size = 8192;
constexpr std::size_t queue_without_access = 512;
constexpr std::size_t write_size = 32 * 1024; ///< octets gathered before they are written in spite
                                              ///< of more to come
constexpr std::size_t longest_text = 256;     ///< of what a request brings
constexpr std::size_t longest_report = 1024;

std::string_view name_of(severity level) noexcept {
  switch (level) {
    case severity::debug: return "debug";
    case severity::information: return "info";
    case severity::warning: return "warning";
    case severity::error: return "error";
  }
  return "";
}

/// As a JSON string, in ASCII: a client may send what a terminal obeys. What is longer than `most` octets is cut.
std::string quoted(std::string_view text, std::size_t most = longest_text) {
  return text.size() <= most ? json_quoted(text, true)
                             : json_quoted(std::string{text.substr(0, most)} + "...", true);
}

/// Writes lines to a descriptor from the pool's one thread: many in one write while more are
/// queued, at once when none is. Not through stdio: its locks would be held while the reader of
/// standard error sleeps, and stop an exit.
class line_writer final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  line_writer(int descriptor, spdlog::details::thread_pool& queue)
    : descriptor_{descriptor}, queue_{&queue} {}
  line_writer(const line_writer&) = delete;
  line_writer& operator=(const line_writer&) = delete;
  ~line_writer() override {
    if (descriptor_ != STDERR_FILENO)
      ::close(descriptor_);
  }

  /// Writes to what `descriptor` is from now on, between two writes, and closes it.
  [[nodiscard]] bool switch_to(int descriptor) const noexcept {
    const auto is_done = ::dup3(descriptor, descriptor_, O_CLOEXEC) >= 0;
    ::close(descriptor);
    return is_done;
  }

  /// Waits until `count` lines are written or, since the queue was full, lost.
  bool wait_for(std::uint64_t count, std::chrono::milliseconds within) {
    std::unique_lock lock{written_mutex_};
    return progress_.wait_for(lock, within,
                              [&] { return written_ + queue_->overrun_counter() >= count; });
  }

private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    formatter_->format(line, gathered_);
    ++taken_;
    if (gathered_.size() >= write_size || queue_->queue_size() == 0)
      flush_();
  }

  void flush_() override {
    write_all({gathered_.data(), gathered_.size()});
    gathered_.clear();
    const std::lock_guard lock{written_mutex_};
    written_ = taken_;
    progress_.notify_all();
  }

  /// A log that can't be written is lost: there is nowhere to say so.
  void write_all(std::string_view octets) const noexcept {
    while (!octets.empty()) {
      const auto count = ::write(descriptor_, octets.data(), octets.size());
      if (count >= 0) {
        octets.remove_prefix(static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) { // somebody shares our standard error, and made it non-blocking
        pollfd writable{descriptor_, POLLOUT, 0};
        ::poll(&writable, 1, -1);
      } else if (errno != EINTR) {
        return;
      }
    }
  }

  int descriptor_;
  spdlog::details::thread_pool* queue_; ///< its thread calls us
  spdlog::memory_buf_t gathered_;
  std::uint64_t taken_ = 0;
  std::mutex written_mutex_;
  std::condition_variable progress_;
  std::uint64_t written_ = 0;
};

/// @returns a descriptor, or -1 and errno
int open_log(const std::string& path) noexcept {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

} // namespace

std::string escape_for_log(std::string_view text, std::size_t most) {
  std::string out;
  append_escaped(out, text.substr(0, most));
  if (text.size() > most)
    out += "...";
  return out;
}

// Destroyed from the last member to the first: the pool's thread takes what is queued to the writer
// before it ends.
class log_journal::impl {
public:
  impl(int descriptor, const config& wishes)
    : least{wishes.log_level},
      path{wishes.log_file},
      is_access_wanted{wishes.access_log},
      is_json{wishes.log_format == log_form::json},
      is_query_told{wishes.log_query},
      pool{std::make_shared<spdlog::details::thread_pool>(
        wishes.access_log ? queue_size : queue_without_access, 1)},
      writer{std::make_shared<line_writer>(descriptor, *pool)},
      logger{std::make_shared<spdlog::async_logger>(
        "sluice", writer, pool, spdlog::async_overflow_policy::overrun_oldest)} {
    logger->set_level(spdlog::level::trace);
    logger->set_pattern(is_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z",%v})"
                                : "%Y-%m-%dT%H:%M:%S.%e%z %v");
  }

  template <class... Arguments>
  void log(spdlog::format_string_t<Arguments...> format, Arguments&&... arguments) {
    logger->info(format, std::forward<Arguments>(arguments)...);
    logged.fetch_add(1, std::memory_order_relaxed);
  }

  const severity least;
  const std::string path; ///< of the log file; empty: there is none
  const bool is_access_wanted;
  const bool is_json;
  const bool is_query_told;
  std::atomic<std::uint64_t> logged{0}; ///< lines queued so far
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<line_writer> writer;
  std::shared_ptr<spdlog::async_logger> logger;
  std::unique_ptr<record_files> records; ///< null: none are written
};

log_journal::log_journal(std::unique_ptr<impl> made) : impl_{std::move(made)} {}

std::unique_ptr<log_journal> log_journal::make(const config& wishes) {
  auto descriptor = STDERR_FILENO;
  if (!wishes.log_file.empty())
    descriptor = open_log(wishes.log_file);
  if (descriptor < 0)
    throw std::runtime_error{"can't open the log file " + wishes.log_file + ": "
                             + std::strerror(errno)};
  std::unique_ptr<log_journal> made{new log_journal{std::make_unique<impl>(descriptor, wishes)}};
  if (!wishes.record_directory.empty())
    made->impl_->records = std::make_unique<record_files>(wishes.record_directory, *made);
  return made;
}

log_journal::~log_journal() {
  impl_->records = nullptr;  // it logs what it has written
  auto is_written = flush(); // what follows then pushes no other line out of the queue
  if (const auto lost = impl_->pool->overrun_counter(); is_written && lost > 0) {
    report(severity::warning,
           std::to_string(lost)
             + " lines of this log were lost: it grew faster than it was written");
    is_written = flush();
  }
  if (is_written)
    return;
  // Nobody reads what we write, so the writing thread can't be joined: it ends with the process.
  // Until then it is used, and no leak.
  static std::atomic<impl*> abandoned{nullptr};
  abandoned = impl_.release();
}

std::string log_journal::reopen() {
  if (impl_->path.empty())
    return {};
  const auto descriptor = open_log(impl_->path);
  if (descriptor < 0 || !impl_->writer->switch_to(descriptor))
    return "can't open the log file " + impl_->path + " again: " + std::strerror(errno);
  return {};
}

void log_journal::access(const access_record& record) {
  const auto took = std::chrono::duration<double, std::milli>{record.took}.count();
  const auto target = impl_->is_query_told ? record.target
                                           : record.target.substr(0, record.target.find('?'));
  if (impl_->is_json)
    return impl_->log(
      R"("level":"access","peer":{},"method":{},"target":{},"protocol":{},"status":{},"octets_in":{},)"
      R"("octets_out":{},"ms":{:.3f},"route":{},"request_id":{},"trace_id":{},"user_agent":{},"outcome":{})",
      quoted(record.peer), quoted(record.method), quoted(target), quoted(record.protocol),
      record.status, record.octets_received, record.octets_sent, took, quoted(record.route),
      quoted(record.request_id), quoted(record.trace_id), quoted(record.user_agent),
      quoted(record.outcome));
  impl_->log("access {} \"{} {}\" {} in={} out={} ms={:.3f} route=\"{}\" proto={} id={} trace={} "
             "agent=\"{}\" {}",
             record.peer, escape_for_log(record.method), escape_for_log(target), record.status,
             record.octets_received, record.octets_sent, took, escape_for_log(record.route),
             record.protocol, escape_for_log(record.request_id), record.trace_id,
             escape_for_log(record.user_agent), escape_for_log(record.outcome));
}

void log_journal::report(severity level, std::string_view text) {
  report_of({level, text, {}, {}});
}

void log_journal::report_of(const request_report& said) {
  if (said.level < impl_->least)
    return;
  const auto is_of_request = !said.request_id.empty();
  if (impl_->is_json && is_of_request)
    impl_->log(R"("level":"{}","text":{},"route":{},"request_id":{})", name_of(said.level),
               quoted(said.text, longest_report), quoted(said.route), quoted(said.request_id));
  else if (impl_->is_json)
    impl_->log(R"("level":"{}","text":{})", name_of(said.level), quoted(said.text, longest_report));
  else if (is_of_request)
    impl_->log("{} {} route=\"{}\" id={}", name_of(said.level),
               escape_for_log(said.text, longest_report), escape_for_log(said.route),
               escape_for_log(said.request_id));
  else
    impl_->log("{} {}", name_of(said.level), escape_for_log(said.text, longest_report));
}

bool log_journal::wants_access() const noexcept {
  return impl_->is_access_wanted;
}

void log_journal::keep(const flight_record& record) {
  if (impl_->records)
    impl_->records->keep(record);
}

bool log_journal::wants_record() const noexcept {
  return impl_->records && impl_->records->wants();
}

bool log_journal::flush(std::chrono::milliseconds within) {
  return impl_->writer->wait_for(impl_->logged.load(), within);
}

} // namespace sluice
