#include "protocol/http/message.hpp"

#include "protocol/http/target.hpp"

namespace sluice {

std::string_view request::param(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters)
    if (key == name)
      return value;
  return {};
}

std::optional<std::string> request::query_param(std::string_view name) const {
  return http::query_parameter(query, name);
}

response text(std::string content, status code) {
  response result;
  result.status = code;
  result.fields.add("Content-Type", "text/plain; charset=utf-8");
  result.content = std::move(content);
  return result;
}

} // namespace sluice
