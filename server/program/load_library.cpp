#include "sluice/server/program/load_library.hpp"

#include "sluice/server/routing/router.hpp"

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <dlfcn.h>

namespace sluice {

namespace {

constexpr auto entry_point = "sluice_routes";

std::string last_error() {
  const char* const said = ::dlerror();
  return said != nullptr ? said : "unknown error";
}

} // namespace

void load_library(const std::string& path, router& routes) {
  const auto refusal = [&path](const std::string& why) {
    return std::runtime_error{"can't load " + path + ": " + why};
  };
  // A name without a slash would be looked for in the system's library directories.
  std::error_code failure;
  const auto file = std::filesystem::absolute(path, failure);
  if (failure || !std::filesystem::exists(file, failure))
    throw refusal("there is no such file");
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw refusal(last_error());
  void* const symbol = ::dlsym(library, entry_point);
  if (symbol == nullptr)
    throw refusal(
      "it exports no function sluice_routes: extern \"C\" void sluice_routes(sluice::router&)");
  try {
    reinterpret_cast<void (*)(router&)>(symbol)(routes);
  } catch (const std::exception& thrown) {
    throw refusal(std::string{"sluice_routes threw: "} + thrown.what());
  } catch (...) {
    throw refusal("sluice_routes threw something that is no std::exception");
  }
}

} // namespace sluice
