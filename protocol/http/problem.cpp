#include "protocol/http/problem.hpp"

#include <nlohmann/json.hpp>

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

} // namespace

response to_response(const problem& what) {
  nlohmann::ordered_json members;
  if (!what.type.empty())
    members["type"] = what.type;
  members["title"] = title_of(what);
  members["status"] = code_of(what.status);
  if (!what.detail.empty())
    members["detail"] = what.detail;
  if (!what.instance.empty())
    members["instance"] = what.instance;
  for (const auto& [name, value] : what.more)
    members[name] = value;
  response made;
  made.status = what.status;
  made.fields.add("Content-Type", "application/problem+json");
  made.content = members.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  made.content += '\n';
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
