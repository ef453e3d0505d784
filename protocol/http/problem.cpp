#include "sluice/protocol/http/problem.hpp"

#include "sluice/protocol/http/json_text.hpp"

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
      made.append(made.empty() ? "{" : ",").append(json_quoted(name)).append(":").append(value);
    return made + '}';
  }

private:
  std::vector<std::pair<std::string, std::string>> all_;
};

} // namespace

response to_response(const problem& what) {
  members all;
  if (!what.type.empty())
    all.set("type", json_quoted(what.type));
  all.set("title", json_quoted(title_of(what)));
  all.set("status", std::to_string(code_of(what.status)));
  if (!what.detail.empty())
    all.set("detail", json_quoted(what.detail));
  if (!what.instance.empty())
    all.set("instance", json_quoted(what.instance));
  for (const auto& [name, value] : what.more)
    all.set(name, json_quoted(value));
  response made;
  made.status = what.status;
  made.fields.add("Content-Type", "application/problem+json");
  made.content = all.text() + '\n';
  return made;
}

response problem_response(status code, std::string detail) {
  return to_response(problem_of(code, std::move(detail)));
}

// Into the text: see json_quoted.
void add_to_problem(response& told, std::string_view name, std::string_view value) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto& head = told.fields;
  if (!head.find("Content-Type").value_or("").starts_with("application/problem+json"))
    return;
  for (const auto* said_of_content :
       {"Content-Length", "Content-Encoding", "Content-Digest", "Digest"})
    if (head.contains(said_of_content))
      return; // it would not be so any more
  auto& text = told.content;
  const auto first = text.find_first_not_of(blanks);
  const auto last = text.find_last_not_of(blanks);
  const auto key = json_quoted(name);
  if (first == last || text[first] != '{' || text[last] != '}'
      || text.find(key) != std::string::npos)
    return;
  const auto is_empty = text.find_last_not_of(blanks, last - 1) == first;
  text.insert(last, (is_empty ? "" : ",") + key + ':' + json_quoted(value));
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
