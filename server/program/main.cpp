// The binary: `sluice serve`, `sluice demo`, `sluice top` and `sluice new`.

#include "sluice/server/demo/demo_routes.hpp"
#include "sluice/server/demo/temporary_directory.hpp"
#include "sluice/server/files/static_files.hpp"
#include "sluice/server/files/uploads.hpp"
#include "sluice/server/options/config.hpp"
#include "sluice/server/options/options.hpp"
#include "sluice/server/program/load_library.hpp"
#include "sluice/server/program/serve.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/scaffold/project.hpp"
#include "sluice/server/top/top.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

constexpr int wrong_usage = 2; ///< also: could not start

constexpr auto usage =
  R"(Sluice: an HTTP/1.1 and WebSocket server that slows its clients down instead of buffering.

  sluice serve [flags]   serves files, uploads and handler libraries
  sluice demo  [flags]   something to try at once: open the address that it prints
  sluice top   [flags]   shows what stalls in a running server (--admin), and why
  sluice new NAME        writes a project: a handler, its test, and a program

  sluice serve --help    lists the flags; so do sluice demo --help and sluice top --help
  sluice --version

For example:
  sluice serve --root ./public --uploads ./incoming --load ./libapp.so --port 8080
)";

int fail(const std::string& why) {
  std::fprintf(stderr, "sluice: %s\n", why.c_str());
  return wrong_usage;
}

sluice::response healthy(const sluice::request&) {
  return sluice::text("ok");
}

void add_root(sluice::router& routes, std::string_view prefix, const std::string& directory) {
  sluice::add_static_files(
    routes, prefix, std::make_shared<const sluice::file_tree>(sluice::file_tree::open(directory)));
}

void add_uploads(sluice::router& routes, const std::string& directory) {
  sluice::add_uploads(
    routes, std::make_shared<const sluice::upload_store>(sluice::upload_store::open(directory)));
}

void add_libraries(sluice::router& routes, const std::vector<std::string>& paths) {
  for (const auto& path : paths)
    sluice::load_library(path, routes);
}

constexpr auto load_help = "add the routes of this shared object; may be repeated";

int serve(int argc, const char* const* argv) {
  sluice::config wishes;
  std::string root;
  std::string uploads;
  std::vector<std::string> libraries;
  sluice::options flags{"sluice serve", "Serves files, uploads and handler libraries.", wishes};
  flags.add_text("--root", root, "serve the files of this directory");
  flags.add_text("--uploads", uploads, "store PUT and POST /uploads/{name} in this directory");
  flags.add_texts("--load", libraries, load_help);
  if (const auto status = flags.parse(argc, argv))
    return *status;

  sluice::router routes;
  routes.get("/healthz", healthy);
  if (!uploads.empty())
    add_uploads(routes, uploads);
  if (!root.empty())
    add_root(routes, "/", root);
  add_libraries(routes, libraries);
  return sluice::serve(wishes, routes);
}

int demo(int argc, const char* const* argv) {
  sluice::config wishes;
  std::vector<std::string> libraries;
  sluice::options flags{"sluice demo", "Something to try at once: open the address that it prints.",
                        wishes};
  flags.add_texts("--load", libraries, load_help);
  if (const auto status = flags.parse(argc, argv))
    return *status;

  const sluice::temporary_directory playground;
  std::ofstream{playground.path() + "/hello.txt"} << "This file goes when the demo ends.\n";

  std::atomic<const sluice::server_view*> seen{nullptr};
  sluice::router routes;
  routes.get("/healthz", healthy);
  sluice::add_demo_routes(routes, seen);
  // One directory for both: what was uploaded can be looked at.
  add_uploads(routes, playground.path());
  add_root(routes, "/files/", playground.path());
  add_libraries(routes, libraries);
  return sluice::serve(wishes, routes, [&](const sluice::server_view& what) { seen = &what; });
}

constexpr auto new_usage =
  R"(Writes a small project that builds and passes its test at once.
Usage: sluice new NAME [--directory PATH]

  NAME               lower-case letters, digits and underscores, as in demo_service
  --directory PATH   write there instead of into ./NAME; made if it is not there, else it must be empty
)";

int fail_usage(const std::string& why) {
  std::fprintf(stderr, "sluice: %s\n\n%s", why.c_str(), new_usage);
  return wrong_usage;
}

// By hand: the flags of a server are none of a project.
int make_project(int argc, const char* const* argv) {
  std::string name;
  std::string directory;
  for (auto i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view flag = "--directory";
    if (argument == "--help" || argument == "-h") {
      std::fputs(new_usage, stdout);
      return 0;
    }
    if (argument == flag && i + 1 < argc)
      directory = argv[++i];
    else if (argument.starts_with(flag) && argument.substr(flag.size()).starts_with('='))
      directory = argument.substr(flag.size() + 1);
    else if (argument.starts_with('-') || !name.empty())
      return fail_usage("unexpected: " + std::string{argument});
    else
      name = argument;
  }
  if (const auto wrong = sluice::judge_project_name(name); !wrong.empty())
    return name.empty() ? fail_usage("a new project needs a name") : fail(wrong);
  if (directory.empty())
    directory = name;
  std::signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error of its write
  sluice::write_project(name, directory);
  std::printf("%s is written. To build, test and run it:\n\n"
              "  cd %s\n"
              "  cmake -S . -B build && cmake --build build\n"
              "  ctest --test-dir build\n"
              "  build/%s\n",
              name.c_str(), directory.c_str(), name.c_str());
  return 0;
}

int print_version() {
  sluice::config unused;
  sluice::options flags{"sluice", "", unused};
  constexpr const char* argv[]{"sluice", "--version"};
  return flags.parse(2, argv).value_or(wrong_usage);
}

} // namespace

int main(int argc, char** argv) try {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  if (verb == "serve")
    return serve(argc - 1, argv + 1);
  if (verb == "demo")
    return demo(argc - 1, argv + 1);
  if (verb == "top")
    return sluice::top(argc - 1, argv + 1);
  if (verb == "new")
    return make_project(argc - 1, argv + 1);
  if (verb == "--version")
    return print_version();
  if (verb == "--help" || verb == "-h" || verb == "help") {
    std::fputs(usage, stdout);
    return 0;
  }
  if (!verb.empty())
    std::fprintf(stderr, "sluice: there is no verb \"%s\"\n\n", argv[1]);
  std::fputs(usage, stderr);
  return wrong_usage;
} catch (const std::runtime_error& failure) { // what can't be opened or loaded
  return fail(failure.what());
}
