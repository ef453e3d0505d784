#include "sluice/protocol/http/problem.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

std::string title_of(const problem& what) {
  return what.title.empty() ? std::string{reason_phrase(what.status)} : what.title;
}

std::string summary_of(const problem& what) {
  auto text = std::to_string(code_of(what.status)) + ' ' + title_of(what);
  return what.detail.empty() ? text : text + ": " + what.detail;
}

problem problem_of(status code, std::string detail) {
  problem made;
  made.status = code;
  made.detail = std::move(detail);
  return made;
}

// Only texts are made by the library: where one of its objects gets no memory it ends the process.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The members of a JSON object in the order in which they were set first.
class members {
public:
  void set(const std::string& name, std::string value) {
    for (auto& [known, old] : all_)
      if (known == name) {
        old = std::move(value);
        return;
      }
    all_.emplace_back(name, std::move(value));
  }

  [[nodiscard]] std::string text() const {
    std::string made;
    for (const auto& [name, value] : all_)
      made.append(made.empty() ? "{" : ",").append(quoted(name)).append(":").append(value);
    return made + '}';
  }

private:
  std::vector<std::pair<std::string, std::string>> all_;
};

} // namespace

response to_response(const problem& what) {
  members all;
  if (!what.type.empty())
    all.set("type", quoted(what.type));
  all.set("title", quoted(title_of(what)));
  all.set("status", std::to_string(code_of(what.status)));
  if (!what.detail.empty())
    all.set("detail", quoted(what.detail));
  if (!what.instance.empty())
    all.set("instance", quoted(what.instance));
  for (const auto& [name, value] : what.more)
    all.set(name, quoted(value));
  response made;
  made.status = what.status;
  made.fields.add("Content-Type", "application/problem+json");
  made.content = all.text() + '\n';
  return made;
}

response problem_response(status code, std::string detail) {
  return to_response(problem_of(code, std::move(detail)));
}

http_error::http_error(status code, std::string detail)
  : http_error{problem_of(code, std::move(detail))} {}

http_error::http_error(problem what, fields head)
  : std::runtime_error{summary_of(what)}, problem_{std::move(what)}, head_{std::move(head)} {}

response http_error::answer() const {
  auto made = to_response(problem_);
  for (const auto line : head_)
    made.fields.add(line.name, line.value);
  return made;
}

} // namespace sluice
