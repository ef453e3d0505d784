#pragma once

#include "sluice/actors/handler/content_reader.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/protocol/http/multipart_parser.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A part of multipart/form-data. Lives as long as its reader; reading it ends with the next part.
class content_part {
public:
  /// The form field's name; empty if the part does not say one.
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  /// What the client calls the file, without any directories; nothing if the part is no file. It is
  /// the client's word: never a path to write to.
  [[nodiscard]] const std::optional<std::string>& filename() const noexcept { return filename_; }
  /// Its Content-Type; text/plain if it does not say.
  [[nodiscard]] std::string_view content_type() const noexcept;
  [[nodiscard]] const fields& header() const noexcept { return header_; }

  /// The next piece of its content; nothing at its end. Acknowledges chunks as it goes on, so that
  /// the client is not read from until the handler asks for more.
  task_of<std::optional<octets>> next();
  /// All of its content. Throws http_error 413 past `limit` octets.
  task_of<std::string> whole(std::size_t limit = content_reader::default_limit);

private:
  friend class multipart_reader;
  struct source;
  content_part(std::shared_ptr<source> from, fields header);
  static task_of<std::optional<octets>> next_of(std::shared_ptr<source> from, std::size_t number);
  static task_of<std::string> whole_of(std::shared_ptr<source> from, std::size_t number,
                                       std::string name, std::size_t limit);
  static task_of<std::optional<content_part>> next_part(std::shared_ptr<source> from);

  std::shared_ptr<source> from_;
  std::size_t number_ = 0;
  fields header_;
  std::string name_;
  std::optional<std::string> filename_;
};

/// The parts of a request's multipart/form-data, one by one, however large they are: no more than a
/// chunk is in memory.
///
///     auto parts = http.content().multipart();
///     while (auto part = co_await parts.next())
///       while (auto piece = co_await part->next())
///         file.write(*piece);
class multipart_reader {
public:
  /// Throws http_error 415 if the content is no multipart/form-data with a boundary.
  multipart_reader(content_reader content, const multipart_limits& most);

  /// The next part; what is left of the one before is skipped. Nothing after the last. Throws
  /// http_error 400 for content that is malformed or ends early, or is over a limit.
  task_of<std::optional<content_part>> next();

private:
  std::shared_ptr<content_part::source> source_;
};

} // namespace sluice
