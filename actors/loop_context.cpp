#include "actors/loop_context.hpp"

#include <array>
#include <ctime>

namespace sluice {

std::string_view date_cache::at(time_point now) {
  if (!text_.empty() && now - made_ < std::chrono::seconds{1})
    return text_;
  const auto clock = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&clock, &parts);
  std::array<char, 32> buffer{};
  // The names are those of the C locale: a server sets no other.
  const auto size = std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT",
                                  &parts);
  text_.assign(buffer.data(), size);
  made_ = now;
  return text_;
}

} // namespace sluice
