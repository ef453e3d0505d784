#include "sluice/server/json/json.hpp"

#include "sluice/protocol/http/media_type.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice {

namespace {

bool is_json_type(const request& head) {
  const auto type = http::content_type_of(head.fields);
  return type && (type->value == "application/json" || type->value.ends_with("+json"));
}

/// How deeply the arrays and objects in `text` are nested, if it is JSON. Before it is parsed: who
/// walks a value does so by recursion.
std::size_t depth_of(std::string_view text) noexcept {
  std::size_t now = 0;
  std::size_t most = 0;
  auto is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"')
      is_in_string = !is_in_string;
    else if (is_in_string && c == '\\')
      ++i;
    else if (!is_in_string && (c == '[' || c == '{'))
      most = std::max(most, ++now);
    else if (!is_in_string && (c == ']' || c == '}') && now > 0)
      --now;
  }
  return most;
}

} // namespace

response json(const nlohmann::json& value, status code) {
  return json_text(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n',
                   code);
}

task_of<json_document> read_json(exchange& http, std::size_t limit, std::size_t depth) {
  if (!is_json_type(http.request()))
    throw http_error{status::unsupported_media_type, "The content is to be application/json."};
  const auto text = co_await http.content().whole(limit);
  if (depth_of(text) > depth)
    throw http_error{status::bad_request, "The JSON is nested too deeply."};
  try {
    co_return json_document::parse(text);
  } catch (const nlohmann::json::parse_error& failure) {
    // Not its message: that holds what the client sent.
    throw http_error{status::bad_request,
                     "The content is no JSON: see octet " + std::to_string(failure.byte) + '.'};
  } catch (const nlohmann::json::exception&) {
    throw http_error{status::bad_request, "The content is JSON that can't be held."};
  }
}

} // namespace sluice
