#pragma once

#include "sluice/server/options/config.hpp"

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

/// Wishes for a log in `file`.
inline config logging_to(const std::string& file) {
  config wishes;
  wishes.log_file = file;
  return wishes;
}

inline std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream input{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(input, line);)
    lines.push_back(line);
  return lines;
}

inline bool holds(const std::string& line, std::string_view part) {
  return line.find(part) != std::string::npos;
}

} // namespace sluice::testing
