#include "server/json.hpp"

#include "protocol/http/media_type.hpp"

#include <string>

namespace sluice {

namespace {

bool is_json_type(const request& head) {
  const auto line = head.fields.find("Content-Type");
  const auto type = line ? http::parse_parameterized(*line) : std::nullopt;
  return type && (type->value == "application/json" || type->value.ends_with("+json"));
}

} // namespace

response json(const nlohmann::json& value, status code) {
  return json_text(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n',
                   code);
}

task_of<nlohmann::json> read_json(exchange& http, std::size_t limit, std::size_t depth) {
  if (!is_json_type(http.request()))
    throw http_error{status::unsupported_media_type, "The content is to be application/json."};
  const auto text = co_await http.content().whole(limit);
  // nlohmann-json destroys what is nested without recursion, but others may walk it with.
  auto is_too_deep = false;
  const auto watch = [&](int level, nlohmann::json::parse_event_t, nlohmann::json&) {
    is_too_deep = is_too_deep || static_cast<std::size_t>(level) > depth;
    return !is_too_deep;
  };
  try {
    auto value = nlohmann::json::parse(text, watch);
    if (!is_too_deep)
      co_return value;
  } catch (const nlohmann::json::exception& failure) {
    throw http_error{status::bad_request, failure.what()};
  }
  throw http_error{status::bad_request, "The JSON is nested too deeply."};
}

} // namespace sluice
