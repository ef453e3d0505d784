#pragma once

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/server/json/json_document.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace sluice {

/// A response of JSON. Text in it that is not UTF-8 is replaced.
[[nodiscard]] response json(const nlohmann::json& value, status code = status::ok);

/// The whole content as JSON. Throws http_error: 415 if its type is neither application/json nor
/// one that ends in +json, 400 if it is no JSON or nested deeper than `depth`, 413 past `limit`
/// octets.
[[nodiscard]] task_of<json_document> read_json(exchange& http,
                                               std::size_t limit = content_reader::default_limit,
                                               std::size_t depth = 100);

/// The same as a T, by nlohmann-json's conversion. Throws http_error 422 for JSON of another shape.
///
///     const auto order = co_await sluice::read_json_as<purchase>(http);
template <class T>
[[nodiscard]] task_of<T> read_json_as(exchange& http,
                                      std::size_t limit = content_reader::default_limit) {
  const auto value = co_await read_json(http, limit);
  try {
    co_return value->template get<T>();
  } catch (const nlohmann::json::exception& failure) {
    throw http_error{status::unprocessable_content,
                     "The JSON is of another shape: " + std::string{failure.what()}};
  }
}

} // namespace sluice
