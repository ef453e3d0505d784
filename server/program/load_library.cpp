#include "sluice/server/program/load_library.hpp"

#include "sluice/server/routing/router.hpp"

#include <exception>
#include <filesystem>
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

bool load_library(const std::string& path, router& routes, std::string& error) {
  const auto fail = [&](const std::string& why) {
    error = "can't load " + path + ": " + why;
    return false;
  };
  // A name without a slash would be looked for in the system's library directories.
  std::error_code failure;
  const auto file = std::filesystem::absolute(path, failure);
  if (failure || !std::filesystem::exists(file, failure))
    return fail("there is no such file");
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return fail(last_error());
  void* const symbol = ::dlsym(library, entry_point);
  if (symbol == nullptr)
    return fail(
      "it exports no function sluice_routes: extern \"C\" void sluice_routes(sluice::router&)");
  try {
    reinterpret_cast<void (*)(router&)>(symbol)(routes);
  } catch (const std::exception& thrown) {
    return fail(std::string{"sluice_routes threw: "} + thrown.what());
  } catch (...) {
    return fail("sluice_routes threw something that is no std::exception");
  }
  return true;
}

} // namespace sluice
