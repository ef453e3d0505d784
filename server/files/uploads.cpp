#include "sluice/server/files/uploads.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/protocol/http/preconditions.hpp"
#include "sluice/server/files/file_response.hpp"
#include "sluice/server/routing/router.hpp"

#include <ctime>
#include <optional>
#include <string>

namespace sluice {

namespace {

response refusal_for(const std::error_code& error) {
  if (is_out_of_space(error))
    return text("The disk is full.\n", status::insufficient_storage);
  if (error == std::errc::is_a_directory)
    return text("There is a directory of that name.\n", status::conflict);
  if (is_out_of_descriptors(error))
    return too_many_files();
  throw std::system_error{error};
}

response condition_failed() {
  return text("What is there does not meet the request's conditions.\n",
              status::precondition_failed);
}

response answer_for(upload::outcome outcome, std::uint64_t size) {
  switch (outcome) {
    case upload::outcome::replaced: return {status::no_content, {}, {}};
    case upload::outcome::refused: return condition_failed();
    case upload::outcome::created: break;
  }
  return text(std::to_string(size) + " octets are stored.\n", status::created);
}

bool is_permitted(const request& head, const validators* current) {
  return permits_change(head.fields, current, std::time(nullptr));
}

/// What is known to be refused before any content is read, so that a client that waits for 100
/// Continue sends none. Conditions are asked last: RFC 9110 sec. 13.2.1
std::optional<response> refusal_before_content(const request& head, const upload_store& store) {
  const std::string name{head.param("name")};
  if (!upload_store::is_name(name))
    return text("That can't be the name of an upload: one file name that begins with no dot is.\n",
                status::bad_request);
  // The content is a part of a file: stored as the whole it would destroy it. RFC 9110 sec. 14.5
  if (head.fields.contains("Content-Range"))
    return text("Only whole files are stored: no Content-Range.\n", status::bad_request);
  const auto entry = store.look_up(name);
  if (entry.is_directory)
    return refusal_for(std::make_error_code(std::errc::is_a_directory));
  if (!is_permitted(head, entry.current ? &*entry.current : nullptr))
    return condition_failed();
  return std::nullopt;
}

/// Takes the content in. @returns in `answer` what the client is told
task store_content(exchange& http, const upload_store& store, std::optional<response>& answer) {
  try {
    answer = refusal_before_content(http.request(), store);
    if (answer)
      co_return;
    upload file{store};
    while (const auto chunk = co_await http.content().next())
      file.write(chunk->view());
    const auto& head = http.request();
    // Once more: another client may have been faster.
    const auto outcome = file.publish(
      std::string{http.param("name")},
      [&head](const validators* current) { return is_permitted(head, current); });
    answer = answer_for(outcome, file.size());
  } catch (const std::system_error& failure) {
    answer = refusal_for(failure.code());
  }
}

} // namespace

task receive_upload(exchange& http, std::shared_ptr<const upload_store> store) {
  std::optional<response> answer;
  const auto storing = store_content(http, *store, answer);
  co_await storing;
  co_await http.respond(std::move(*answer));
}

void add_uploads(router& routes, std::shared_ptr<const upload_store> store) {
  const auto receive = [store = std::move(store)](exchange& http) {
    return receive_upload(http, store);
  };
  // Pooled, not detached: a thread for each of ten thousand uploads would make no disk faster.
  routes.put("/uploads/{name}", receive).pooled();
  routes.post("/uploads/{name}", receive).pooled();
}

} // namespace sluice
