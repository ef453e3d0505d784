#pragma once

#include "sluice/actors/handler/awaitable.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/protocol/http/form.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/octets.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace sluice {

class exchange_actor;
class multipart_reader;
struct multipart_limits;

/// Waits for the next chunk.
class [[nodiscard]] pending_chunk final : public awaitable {
public:
  explicit pending_chunk(exchange_actor& self) noexcept;
  [[nodiscard]] bool is_ready() const noexcept override;
  [[nodiscard]] waiting_for what() const noexcept override { return waiting_for::content; }
  [[nodiscard]] std::optional<octets> await_resume() const;

private:
  exchange_actor* self_;
};

/// The content of a request: chunk by chunk, or at once. What is read at once has a limit, and past
/// it the request is refused with 413, before anything is read if its length is announced.
class content_reader {
public:
  /// What `whole` and `form` take if they are not told otherwise, in octets.
  static constexpr std::size_t default_limit = 1024 * 1024;

  /// Fields that `form` takes.
  static constexpr std::size_t most_form_fields = 1000;

  explicit content_reader(exchange_actor& self) noexcept : self_{&self} {}

  /// The next chunk, at most settings::chunk_size octets; nothing once the content is complete.
  /// Acknowledges the chunk before: until the next call the client is not read from. If the content
  /// can't become complete, the handler is cancelled instead.
  pending_chunk next();

  /// All content. Throws http_error 413 past `limit` octets.
  task_of<std::string> whole(std::size_t limit = default_limit);

  /// All content as the fields of a form. Throws http_error: 415 if it is not
  /// application/x-www-form-urlencoded, 400 if it can't be read, 413 past `limit` octets
  /// or 1000 fields.
  task_of<sluice::form> form(std::size_t limit = default_limit);

  /// The parts of multipart/form-data, each piece by piece: see multipart_reader, in
  /// <sluice/multipart.hpp>. Throws http_error 415 if the content is none.
  [[nodiscard]] multipart_reader multipart();
  [[nodiscard]] multipart_reader multipart(const multipart_limits& most);

  /// The trailer section, once `next` has returned nothing.
  [[nodiscard]] const fields& trailers() const noexcept;
  /// The head that the content belongs to.
  [[nodiscard]] const request& head() const noexcept;

private:
  exchange_actor* self_;
};

} // namespace sluice
