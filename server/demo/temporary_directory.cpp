#include "sluice/server/demo/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace sluice {

temporary_directory::temporary_directory() {
  std::error_code error;
  const auto parent = std::filesystem::temp_directory_path(error);
  path_ = (parent / "sluice-demo-XXXXXX").string();
  if (!error && ::mkdtemp(path_.data()) == nullptr)
    error = {errno, std::system_category()};
  if (error)
    throw std::runtime_error{"can't make a temporary directory: " + error.message()};
}

temporary_directory::~temporary_directory() {
  std::error_code ignored; // nobody is left to be told
  std::filesystem::remove_all(path_, ignored);
}

} // namespace sluice
