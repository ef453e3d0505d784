#include "actors/handler/content_reader.hpp"

#include "actors/handler/exchange_actor.hpp"
#include "actors/handler/multipart_reader.hpp"
#include "protocol/http/media_type.hpp"
#include "protocol/http/problem.hpp"

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

task_of<std::string> content_reader::whole(std::size_t limit) {
  auto reader = *this; // the coroutine may outlive what it was called on
  const auto announced = reader.head().content_length.value_or(0);
  if (announced > limit)
    refuse_size(limit);
  std::string all;
  all.reserve(static_cast<std::size_t>(announced));
  while (const auto chunk = co_await reader.next()) {
    if (chunk->size() > limit - all.size())
      refuse_size(limit);
    all += chunk->text();
  }
  co_return all;
}

task_of<form> content_reader::form(std::size_t limit) {
  auto reader = *this;
  if (!http::has_media_type(reader.head().fields, "application/x-www-form-urlencoded"))
    throw http_error{status::unsupported_media_type,
                     "The content is to be application/x-www-form-urlencoded."};
  auto fields = form::parse(co_await reader.whole(limit));
  if (!fields)
    throw http_error{status::bad_request,
                     "The form holds a percent-escape that stands for nothing."};
  co_return *std::move(fields);
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
