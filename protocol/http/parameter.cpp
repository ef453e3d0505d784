#include "sluice/protocol/http/parameter.hpp"

namespace sluice {

std::string bad_parameter(std::string_view where, std::string_view name) {
  std::string text = "The ";
  text.append(where).append(" parameter '").append(name);
  return text += "' has a value that can't be read.";
}

} // namespace sluice
