#include "sluice/server/scaffold/project.hpp"

#include "sluice/server/scaffold/templates.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 64;

/// Names of targets that CMake has itself, of files that the project has, and ours.
constexpr std::string_view taken_names[]{"all",
                                         "clean",
                                         "depend",
                                         "edit_cache",
                                         "help",
                                         "install",
                                         "list_install_components",
                                         "main",
                                         "package",
                                         "package_source",
                                         "preinstall",
                                         "rebuild_cache",
                                         "sluice",
                                         "test"};

bool is_letter(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

std::string with(std::string_view text, std::string_view name) {
  constexpr std::string_view version = SLUICE_VERSION;
  std::string filled{text};
  for (const auto& [mark, value] :
       {std::pair{std::string_view{"@NAME@"}, name}, {std::string_view{"@VERSION@"}, version}})
    for (auto at = filled.find(mark); at != std::string::npos;
         at = filled.find(mark, at + value.size()))
      filled.replace(at, mark.size(), value);
  return filled;
}

/// Removes what a project that can't be finished has left, unless it is kept.
class traces {
public:
  traces() = default;
  traces(const traces&) = delete;
  traces& operator=(const traces&) = delete;
  ~traces() {
    std::error_code ignored;
    for (; !made_.empty(); made_.pop_back())
      fs::remove(made_.back(), ignored);
  }
  void add(fs::path made) { made_.push_back(std::move(made)); }
  void keep() noexcept { made_.clear(); }

private:
  std::vector<fs::path> made_; ///< what is inside a folder comes after it
};

/// @returns the error, if there is one
std::error_code write_new_file(const fs::path& path, std::string_view text, traces& made) {
  const auto last_error = [] { return std::error_code{errno, std::generic_category()}; };
  const auto descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return last_error();
  made.add(path);
  std::error_code error;
  while (!text.empty() && !error) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      error = last_error();
  }
  // Some file systems tell of a full disk only now.
  if (::close(descriptor) != 0 && !error)
    error = last_error();
  return error;
}

/// Makes a folder and those above it. @returns the error, if there is one
std::error_code make_folder(const fs::path& folder, traces& made) {
  std::error_code error;
  if (folder.empty() || fs::is_directory(folder, error))
    return {};
  if (auto above = make_folder(folder.parent_path(), made))
    return above;
  if (fs::create_directory(folder, error))
    made.add(folder);
  return error;
}

} // namespace

std::string judge_project_name(std::string_view name) {
  const auto is_allowed = [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > longest_name || !is_letter(name.front()) || name.back() == '_'
      || name.find("__") != std::string_view::npos
      || !std::all_of(name.begin(), name.end(), is_allowed))
    return "'" + std::string{name}
           + "' can't be a project's name: that is made of lower-case "
             "letters, digits and single underscores between them, begins with a letter, and has "
             "at "
             "most "
           + std::to_string(longest_name) + " octets, as in demo_service";
  if (std::find(std::begin(taken_names), std::end(taken_names), name) != std::end(taken_names))
    return "'" + std::string{name}
           + "' can't be a project's name: CMake, or the project itself, "
             "has something of that name";
  return {};
}

void write_project(std::string_view name, const std::string& folder) {
  const fs::path root = fs::path{folder}.lexically_normal();
  std::error_code error;
  traces made;
  if (const auto wrong = make_folder(root, made))
    throw std::runtime_error{"can't make the folder " + folder + ": " + wrong.message()};
  const auto is_empty = fs::is_empty(root, error);
  if (error)
    throw std::runtime_error{"can't read the folder " + folder + ": " + error.message()};
  if (!is_empty)
    throw std::runtime_error{folder + " is there already and not empty: nothing was written"};
  for (const auto& [file, text] : project_templates()) {
    const auto path = root / with(file, name);
    if (const auto wrong = write_new_file(path, with(text, name), made))
      throw std::runtime_error{"can't write " + path.string() + ": " + wrong.message()
                               + "; nothing was left"};
  }
  made.keep();
}

} // namespace sluice
