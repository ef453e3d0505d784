#include "sluice/actors/handler/multipart_reader.hpp"

#include "sluice/protocol/http/media_type.hpp"
#include "sluice/protocol/http/problem.hpp"

#include <utility>

namespace sluice {

namespace {

std::string boundary_of(const request& head) {
  const auto parsed = http::content_type_of(head.fields);
  const auto boundary = parsed ? parsed->find("boundary") : std::nullopt;
  if (!parsed || parsed->value != "multipart/form-data" || !boundary || boundary->empty()
      || boundary->size() > 70)
    throw http_error{status::unsupported_media_type,
                     "The content is to be multipart/form-data with a boundary."};
  return std::string{*boundary};
}

/// Some browsers once sent whole paths. RFC 7578 sec. 4.2
std::string without_directories(std::string_view name) {
  const auto slash = name.find_last_of("/\\");
  return std::string{slash == std::string_view::npos ? name : name.substr(slash + 1)};
}

} // namespace

/// What a reader and its parts share.
struct content_part::source {
  source(content_reader from, const multipart_limits& most)
    : content{from}, parser{boundary_of(from.head()), most} {}

  content_reader content;
  http::multipart_parser parser;
  std::size_t part = 0; ///< the number of the part that is being read
  /// The event that comes next, once somebody has looked.
  std::optional<http::multipart_event> ahead;

  static task_of<http::multipart_event> look(std::shared_ptr<source> self) {
    while (!self->ahead) {
      const auto event = self->parser.next();
      if (event == http::multipart_event::error)
        throw http_error{status::bad_request, std::string{self->parser.error()}};
      if (event != http::multipart_event::none) {
        self->ahead = event;
        break;
      }
      const auto chunk = co_await self->content.next();
      if (!chunk)
        throw http_error{status::bad_request, "The content ends before its last boundary."};
      self->parser.feed(chunk->view());
    }
    co_return *self->ahead;
  }
};

content_part::content_part(std::shared_ptr<source> from, fields header)
  : from_{std::move(from)}, number_{from_->part}, header_{std::move(header)} {
  const auto line = header_.find("Content-Disposition");
  const auto disposition = line ? http::parse_parameterized(*line) : std::nullopt;
  if (!disposition || disposition->value != "form-data")
    return;
  name_ = disposition->find("name").value_or(std::string_view{});
  if (const auto file = disposition->find("filename"))
    filename_ = without_directories(*file);
}

std::string_view content_part::content_type() const noexcept {
  return header_.find("Content-Type").value_or("text/plain");
}

// Tasks start when they are awaited: what they are made by may be gone by then.

task_of<std::optional<octets>> content_part::next_of(std::shared_ptr<source> from,
                                                     std::size_t number) {
  if (number != from->part)
    co_return std::nullopt;
  // Not behind a ||, where g++ 12 does not go on with it.
  const auto event = co_await source::look(from);
  if (event != http::multipart_event::content)
    co_return std::nullopt;
  from->ahead.reset();
  co_return octets{from->parser.content()};
}

task_of<std::string> content_part::whole_of(std::shared_ptr<source> from, std::size_t number,
                                            std::string name, std::size_t limit) {
  std::string all;
  while (const auto piece = co_await next_of(from, number)) {
    if (piece->size() > limit - all.size())
      throw http_error{status::content_too_large, "The part '" + name + "' has more than "
                                                    + std::to_string(limit) + " octets."};
    all += piece->text();
  }
  co_return all;
}

task_of<std::optional<content_part>> content_part::next_part(std::shared_ptr<source> from) {
  while (true) {
    const auto event = co_await source::look(from);
    if (event == http::multipart_event::end)
      break;
    from->ahead.reset();
    if (event == http::multipart_event::content)
      continue; // nobody read it
    ++from->part;
    co_return content_part{from, from->parser.take_header()};
  }
  while (co_await from->content.next()) {} // what follows the last boundary is ignored
  co_return std::nullopt;
}

task_of<std::optional<octets>> content_part::next() {
  return next_of(from_, number_);
}

task_of<std::string> content_part::whole(std::size_t limit) {
  return whole_of(from_, number_, name_, limit);
}

multipart_reader::multipart_reader(content_reader content, const multipart_limits& most)
  : source_{std::make_shared<content_part::source>(content, most)} {}

task_of<std::optional<content_part>> multipart_reader::next() {
  return content_part::next_part(source_);
}

} // namespace sluice
