#include "sluice/server/demo/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace sluice {

temporary_directory::temporary_directory(std::error_code& error) {
  const auto parent = std::filesystem::temp_directory_path(error);
  if (error)
    return;
  auto pattern = (parent / "sluice-demo-XXXXXX").string();
  if (::mkdtemp(pattern.data()) != nullptr)
    path_ = std::move(pattern);
  else
    error = {errno, std::system_category()};
}

temporary_directory::~temporary_directory() {
  std::error_code ignored; // nobody is left to be told
  if (!path_.empty())
    std::filesystem::remove_all(path_, ignored);
}

} // namespace sluice
