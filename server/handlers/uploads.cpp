#include "server/handlers/uploads.hpp"

#include "actors/handler/exchange.hpp"
#include "server/router.hpp"

#include <optional>
#include <string>

namespace sluice {

namespace {

response refusal_for(const std::error_code& error) {
  if (is_out_of_space(error))
    return text("The disk is full.\n", status::insufficient_storage);
  if (error == std::errc::is_a_directory)
    return text("There is a directory of that name.\n", status::conflict);
  throw std::system_error{error};
}

response answer_for(upload::outcome outcome, std::uint64_t size) {
  if (outcome == upload::outcome::replaced)
    return {status::no_content, {}, {}};
  return text(std::to_string(size) + " octets are stored.\n", status::created);
}

/// Takes the content in. @returns in `refusal` what the client is told when the disk does not
task store_content(exchange& http, const upload_store& store, std::optional<response>& answer) {
  try {
    upload file{store};
    while (const auto chunk = co_await http.content().next())
      file.write(chunk->view());
    answer = answer_for(file.publish(std::string{http.param("name")}), file.size());
  } catch (const std::system_error& failure) {
    answer = refusal_for(failure.code());
  }
}

} // namespace

task receive_upload(exchange& http, std::shared_ptr<const upload_store> store) {
  std::optional<response> answer;
  if (upload_store::is_name(http.param("name"))) {
    const auto storing = store_content(http, *store, answer);
    co_await storing;
  } else {
    answer = text(
      "That can't be the name of an upload: one file name that begins with no dot is.\n",
      status::bad_request);
  }
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
