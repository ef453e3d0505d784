#include "sluice/actors/handler/content_reader.hpp"

#include "sluice/actors/handler/exchange_actor.hpp"
#include "sluice/actors/handler/multipart_reader.hpp"
#include "sluice/protocol/http/media_type.hpp"
#include "sluice/protocol/http/problem.hpp"

#include <algorithm>
#include <string>

namespace sluice {

namespace {

[[noreturn]] void refuse_size(std::size_t limit) {
  throw http_error{status::content_too_large,
                   "The content has more than " + std::to_string(limit) + " octets."};
}

} // namespace

pending_chunk::pending_chunk(exchange_actor& self) noexcept : awaitable{self}, self_{&self} {}

bool pending_chunk::is_ready() const noexcept {
  return self_->has_chunk();
}

std::optional<octets> pending_chunk::await_resume() const {
  return self_->take_chunk();
}

pending_chunk content_reader::next() {
  self_->demand_chunk();
  return pending_chunk{*self_};
}

// A task starts when it is awaited: by then what it was made by may be gone.

namespace {

task_of<std::string> read_whole(content_reader from, std::size_t limit) {
  const auto announced = from.head().content_length.value_or(0);
  if (announced > limit)
    refuse_size(limit);
  std::string all;
  all.reserve(static_cast<std::size_t>(announced));
  while (const auto chunk = co_await from.next()) {
    if (chunk->size() > limit - all.size())
      refuse_size(limit);
    all += chunk->text();
  }
  co_return all;
}

task_of<form> read_form(content_reader from, std::size_t limit) {
  if (!http::has_media_type(from.head().fields, "application/x-www-form-urlencoded"))
    throw http_error{status::unsupported_media_type,
                     "The content is to be application/x-www-form-urlencoded."};
  const auto text = co_await read_whole(from, limit);
  // Each field takes more memory than its octets.
  constexpr auto most = static_cast<std::ptrdiff_t>(content_reader::most_form_fields);
  if (std::count(text.begin(), text.end(), '&') >= most)
    throw http_error{status::content_too_large,
                     "The form has more than " + std::to_string(most) + " fields."};
  auto fields = form::parse(text);
  if (!fields)
    throw http_error{status::bad_request,
                     "The form holds a percent-escape that stands for nothing."};
  co_return *std::move(fields);
}

} // namespace

task_of<std::string> content_reader::whole(std::size_t limit) {
  return read_whole(*this, limit);
}

task_of<form> content_reader::form(std::size_t limit) {
  return read_form(*this, limit);
}

multipart_reader content_reader::multipart() {
  return multipart(multipart_limits{});
}

multipart_reader content_reader::multipart(const multipart_limits& most) {
  return multipart_reader{*this, most};
}

const fields& content_reader::trailers() const noexcept {
  return self_->trailers();
}

const request& content_reader::head() const noexcept {
  return self_->head();
}

} // namespace sluice
