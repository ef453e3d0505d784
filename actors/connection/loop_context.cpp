#include "sluice/actors/connection/loop_context.hpp"

#include "sluice/protocol/http/http_date.hpp"

#include <chrono>

namespace sluice {

std::string_view date_cache::at(time_point now) {
  if (!text_.empty() && now - made_ < std::chrono::seconds{1})
    return text_;
  text_ = format_http_date(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  made_ = now;
  return text_;
}

} // namespace sluice
