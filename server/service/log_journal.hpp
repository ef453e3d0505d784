#pragma once

#include "sluice/actors/observe/journal.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

struct config;

/// The log of a server program: a line for each report and each request, written by a thread of its
/// own. A log that can't be written as fast as it grows loses its oldest lines, and never stops an
/// event loop.
class log_journal final : public journal {
public:
  /// How long an exit waits for a log that nobody reads.
  static constexpr std::chrono::seconds patience{2};

  /// Throws std::runtime_error, with a sentence, when the log file can't be opened.
  [[nodiscard]] static std::unique_ptr<log_journal> make(const config& wishes);
  log_journal(const log_journal&) = delete;
  log_journal& operator=(const log_journal&) = delete;
  /// Writes what is queued, as `flush` does.
  ~log_journal() override;

  /// Not subject to config::log_level.
  void access(const access_record& record) override;
  void report(severity level, std::string_view text) override;
  void report_of(const request_report& said) override;
  [[nodiscard]] bool wants_access() const noexcept override;
  void keep(const flight_record& record) override;
  [[nodiscard]] bool wants_record() const noexcept override;
  /// Opens the log file again, which may have been moved away: what is written from now on goes to
  /// the new one. Does nothing without a file. Thread-safe.
  /// @returns what went wrong, as a sentence; nothing is lost then, the old file goes on
  [[nodiscard]] std::string reopen();
  /// Waits until what was logged before is written, or lost to make room.
  /// @returns false when that took longer than `within`
  bool flush(std::chrono::milliseconds within = patience);

private:
  class impl;
  explicit log_journal(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

/// `text` fit for a line of the log: quotes, backslashes and octets outside printable ASCII are
/// escaped, what is longer than `most` octets is cut.
[[nodiscard]] std::string escape_for_log(std::string_view text, std::size_t most = 256);

} // namespace sluice
