// Newline-delimited JSON into SQLite. A chunk is acknowledged only after the transaction with its
// lines is committed, so the database's pace becomes the client's: nothing waits in memory.
//
//   INGEST_DB=events.db ./example_ingest --port 8080
//   curl -T events.ndjson localhost:8080/events

#include "examples/ingest/ingest.hpp"

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t longest_line = 1024 * 1024;

/// A database with one table of events. Throws what SQLite reports.
class event_store {
public:
  explicit event_store(const std::string& path) {
    sqlite3* opened = nullptr;
    const auto result = sqlite3_open(path.c_str(), &opened);
    database_.reset(opened);
    check(result);
    sqlite3_busy_timeout(opened, 10'000); // milliseconds to wait for other uploads
    run("PRAGMA journal_mode = WAL");
    run("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
    sqlite3_stmt* prepared = nullptr;
    check(
      sqlite3_prepare_v2(opened, "INSERT INTO events (body) VALUES (?)", -1, &prepared, nullptr));
    insert_.reset(prepared);
  }

  void run(const char* sql) {
    check(sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr));
  }

  void insert(std::string_view body) {
    const auto size = static_cast<sqlite3_uint64>(body.size());
    check(sqlite3_bind_text64(insert_.get(), 1, body.data(), size, SQLITE_STATIC, SQLITE_UTF8));
    const auto result = sqlite3_step(insert_.get());
    sqlite3_reset(insert_.get());
    check(result == SQLITE_DONE ? SQLITE_OK : result);
  }

private:
  void check(int result) const {
    if (result != SQLITE_OK)
      throw std::runtime_error{sqlite3_errmsg(database_.get())};
  }
  struct closer {
    void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3, closer> database_;
  std::unique_ptr<sqlite3_stmt, closer> insert_; // goes first
};

/// Cuts content into lines, wherever its chunks end, and stores them.
class line_reader {
public:
  explicit line_reader(event_store& events) : events_{events} {}

  /// Stores every line that `content` completes, as one transaction. @returns false at a bad line
  bool take(std::string_view content) {
    events_.run("BEGIN IMMEDIATE");
    while (error_.empty() && !content.empty()) {
      const auto end = content.find('\n');
      begun_ += content.substr(0, end);
      content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
      if (begun_.size() > longest_line)
        error_ = "is longer than a mebibyte";
      else if (end != std::string_view::npos)
        store_line();
    }
    events_.run("COMMIT"); // of the good lines before a bad one, too
    return error_.empty();
  }
  /// The last line needs no newline.
  bool finish() { return begun_.empty() || take("\n"); }

  [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }
  [[nodiscard]] std::string complaint() const {
    return "line " + std::to_string(line_) + ' ' + error_ + "; stored are the "
           + std::to_string(stored_) + " events before it";
  }

private:
  void store_line() {
    if (begun_.find_first_not_of(" \t\r") == std::string::npos) {
      ++line_; // an empty line
    } else if (!nlohmann::json::accept(begun_)) {
      error_ = "is not JSON";
    } else {
      events_.insert(begun_);
      ++line_;
      ++stored_;
    }
    begun_.clear();
  }

  event_store& events_;
  std::string begun_; // a line whose end has not come yet
  std::uint64_t line_ = 1;
  std::uint64_t stored_ = 0;
  std::string error_;
};

/// Stores what the client sends. @returns how many events that were; throws 400 at a bad line
sluice::task_of<std::uint64_t> store(sluice::exchange& http) {
  const char* const path = std::getenv("INGEST_DB");
  event_store events{path != nullptr ? path : "events.db"};
  line_reader lines{events};
  while (const auto chunk = co_await http.content().next()) // acknowledges what is committed
    if (!lines.take(chunk->text()))
      throw sluice::http_error{sluice::status::bad_request, lines.complaint()};
  if (!lines.finish())
    throw sluice::http_error{sluice::status::bad_request, lines.complaint()};
  co_return lines.stored();
} // the database is closed: whoever gets the answer finds it so

sluice::task ingest(sluice::exchange& http) {
  const auto stored = co_await store(http);
  co_await http.respond(sluice::status::ok, std::to_string(stored) + " events stored\n");
}

} // namespace

sluice::router ingest_routes() {
  sluice::router routes;
  // SQLite blocks: each upload has a thread of its own.
  routes.put("/events", ingest).detached();
  routes.post("/events", ingest).detached();
  return routes;
}
