#include "server/log_journal.hpp"

#include <utility>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "server/config.hpp"

namespace sluice {

namespace {

constexpr std::size_t queue_size = 8192;

spdlog::level::level_enum level_of(severity value) noexcept {
  switch (value) {
    case severity::debug: return spdlog::level::debug;
    case severity::information: return spdlog::level::info;
    case severity::warning: return spdlog::level::warn;
    case severity::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

} // namespace

std::string escape_for_log(std::string_view text, std::size_t most) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto character : text.substr(0, most)) {
    const auto octet = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += '\\';
      out += character;
    } else if (octet < 0x20 || octet > 0x7e) {
      out += "\\x";
      out += digits[octet >> 4];
      out += digits[octet & 15];
    } else {
      out += character;
    }
  }
  if (text.size() > most)
    out += "...";
  return out;
}

class log_journal::impl {
public:
  impl(const spdlog::sink_ptr& sink, const config& wishes)
    : pool{std::make_shared<spdlog::details::thread_pool>(queue_size, 1)},
      logger{std::make_shared<spdlog::async_logger>("sluice", sink, pool,
                                                    spdlog::async_overflow_policy::overrun_oldest)},
      access_wanted{wishes.access_log} {
    logger->set_level(level_of(wishes.log_level));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    logger->flush_on(spdlog::level::warn);
  }

  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  bool access_wanted;
};

log_journal::log_journal(std::unique_ptr<impl> made) : impl_{std::move(made)} {}

std::unique_ptr<log_journal> log_journal::make(const config& wishes, std::string& error) {
  try {
    spdlog::sink_ptr sink;
    if (wishes.log_file.empty())
      sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    else
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(wishes.log_file);
    return std::unique_ptr<log_journal>{new log_journal{std::make_unique<impl>(sink, wishes)}};
  } catch (const spdlog::spdlog_ex& failure) {
    error = "can't write the log: " + std::string{failure.what()};
    return nullptr;
  }
}

// The pool's thread writes what is queued before it ends.
log_journal::~log_journal() = default;

void log_journal::access(const access_record& record) {
  const auto took = std::chrono::duration<double, std::milli>{record.took}.count();
  impl_->logger->info("{} \"{} {}\" {} in={} out={} ms={:.3f} route=\"{}\" {}", record.peer, record.method,
                      escape_for_log(record.target), record.status, record.octets_received, record.octets_sent, took,
                      escape_for_log(record.route), record.outcome);
}

void log_journal::report(severity level, std::string_view text) {
  impl_->logger->log(level_of(level), "{}", escape_for_log(text, 1024));
}

bool log_journal::wants_access() const noexcept {
  return impl_->access_wanted && impl_->logger->should_log(spdlog::level::info);
}

void log_journal::flush() {
  impl_->logger->flush();
}

} // namespace sluice
