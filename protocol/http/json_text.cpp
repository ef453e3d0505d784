#include "sluice/protocol/http/json_text.hpp"

#include <nlohmann/json.hpp>

namespace sluice {

// Only texts are made by the library: where one of its objects gets no memory it ends the process.
std::string json_quoted(std::string_view text, bool is_ascii) {
  auto made = nlohmann::json(text).dump(-1, ' ', is_ascii,
                                        nlohmann::json::error_handler_t::replace);
  if (is_ascii) // the library takes DEL for printable
    for (auto at = made.find('\x7f'); at != std::string::npos; at = made.find('\x7f', at))
      made.replace(at, 1, "\\u007f");
  return made;
}

} // namespace sluice
