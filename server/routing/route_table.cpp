#include "sluice/server/routing/route_table.hpp"

#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/http/target.hpp"
#include "sluice/server/routing/route_pattern.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

constexpr std::size_t method_count = 9;

constexpr std::size_t index_of(method which) noexcept {
  return static_cast<std::size_t>(which);
}

} // namespace

/// What stands at one place of the tree.
struct route_table::node {
  /// An endpoint and the names of its parameters: routes that share a node may name them
  /// differently.
  struct leaf {
    endpoint target;
    std::vector<std::string> names;
  };

  std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
  std::unique_ptr<node> parameter;
  std::unique_ptr<node> rest;
  std::array<std::unique_ptr<leaf>, method_count> methods;
  std::unique_ptr<leaf> web_socket;

  [[nodiscard]] bool has_route() const noexcept {
    return web_socket || std::any_of(methods.begin(), methods.end(), [](const auto& one) {
             return one != nullptr;
           });
  }

  void collect_methods(std::set<std::string>& names) const {
    for (std::size_t i = 0; i < method_count; ++i)
      if (methods[i])
        names.insert(std::string{to_string(static_cast<method>(i))});
    if (methods[index_of(method::get)])
      names.insert("HEAD");
    if (web_socket) {
      names.insert("GET");
      names.insert("HEAD");
    }
    names.insert("OPTIONS");
  }
};

namespace {

using node = route_table::node;
using values = std::vector<std::string_view>;

/// The child for a literal `segment`. Escapes of what needs none are equivalent: RFC 9110
/// sec. 4.2.3.
const node* find_literal(const node& from, std::string_view segment) {
  auto place = from.literals.end();
  if (segment.find('%') == std::string_view::npos) {
    place = from.literals.find(segment);
  } else if (const auto decoded = http::percent_decode(segment)) {
    place = from.literals.find(*decoded);
  }
  return place == from.literals.end() ? nullptr : place->second.get();
}

/// Finds the node for `path` (which starts with a slash); literals win over parameters, parameters
/// over rests. Where the better child leads nowhere the next is tried: each node is visited at most
/// once.
const node* match(const node& from, std::string_view path, values& found) {
  if (path.empty())
    return from.has_route() ? &from : nullptr;
  const auto end = path.find('/', 1);
  const auto segment = path.substr(1, end == std::string_view::npos ? end : end - 1);
  const auto remaining = end == std::string_view::npos ? std::string_view{} : path.substr(end);
  if (const auto* literal = find_literal(from, segment))
    if (const auto* hit = match(*literal, remaining, found))
      return hit;
  if (from.parameter && !segment.empty()) {
    found.push_back(segment);
    if (const auto* hit = match(*from.parameter, remaining, found))
      return hit;
    found.pop_back();
  }
  if (!from.rest)
    return nullptr;
  found.push_back(path.substr(1));
  return from.rest.get();
}

/// Calls `call` with each endpoint below `from`.
template <class Call>
void for_each_endpoint(const node& from, const Call& call) {
  for (const auto& one : from.methods)
    if (one)
      call(one->target);
  if (from.web_socket)
    call(from.web_socket->target);
  for (const auto& [segment, child] : from.literals)
    for_each_endpoint(*child, call);
  for (const auto* child : {from.parameter.get(), from.rest.get()})
    if (child != nullptr)
      for_each_endpoint(*child, call);
}

std::string joined(const std::set<std::string>& names) {
  std::string all;
  for (const auto& name : names)
    all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

dispatch refuse(response what) {
  return {nullptr, std::move(what)};
}

/// What is said to OPTIONS, and to a method that a path does not have.
response allow(status code, const std::set<std::string>& names) {
  auto answer = code == status::no_content
                  ? response{code, {}, {}}
                  : problem_response(code, "This resource does not have that method.");
  answer.fields.add("Allow", joined(names));
  return answer;
}

/// Decodes the parameters into the head. @returns false when an escape is broken, or stands for NUL
bool decode_into(request& head, const node::leaf& route, const values& found) {
  head.parameters.clear();
  head.parameters.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    auto value = http::percent_decode(found[i]);
    if (!value || value->find('\0') != std::string::npos)
      return false;
    head.parameters.emplace_back(route.names[i], std::move(*value));
  }
  return true;
}

} // namespace

route_table::route_table() : root_{std::make_unique<node>()} {
  root_->collect_methods(methods_);
}
route_table::~route_table() = default;

endpoint& route_table::insert(method which, std::string_view pattern, endpoint::protocol speaks) {
  const auto parsed = parse_route_pattern(pattern);
  auto* at = root_.get();
  std::vector<std::string> names;
  for (const auto& segment : parsed) {
    auto& child = segment.kind == route_segment::kind_type::literal     ? at->literals[segment.text]
                  : segment.kind == route_segment::kind_type::parameter ? at->parameter
                                                                        : at->rest;
    if (!child)
      child = std::make_unique<node>();
    at = child.get();
    if (segment.kind != route_segment::kind_type::literal)
      names.push_back(segment.text);
  }
  auto& place = speaks == endpoint::protocol::web_socket ? at->web_socket
                                                         : at->methods[index_of(which)];
  if (place)
    refuse_route(pattern, "is already taken by '" + place->target.route + "'");
  place = std::make_unique<node::leaf>();
  place->names = std::move(names);
  place->target.route = pattern;
  place->target.speaks = speaks;
  at->collect_methods(methods_);
  // A path with an escape in it takes the way through the tree, whatever its pattern looks like.
  if (place->names.empty() && pattern.find('%') == std::string_view::npos)
    literal_.emplace(place->target.route, at);
  return place->target;
}

dispatch route_table::find(request& head, bool asks_for_web_socket) const {
  if (head.path == "*")
    return refuse(allow(
      head.method == method::options ? status::no_content : status::method_not_allowed, methods_));
  values found;
  const node* place = nullptr;
  if (const auto literal = literal_.find(head.path); literal != literal_.end())
    place = literal->second;
  else if (head.path.starts_with('/'))
    place = match(*root_, head.path, found);
  if (place == nullptr)
    return refuse(problem_response(status::not_found, "There is nothing here."));
  const auto* route = place->methods[index_of(head.method)].get();
  if (route == nullptr && head.method == method::head)
    route = place->methods[index_of(method::get)].get();
  if (head.method == method::get && place->web_socket && (asks_for_web_socket || route == nullptr))
    route = place->web_socket.get();
  // HEAD can't open a WebSocket. It is told what a GET that does not ask for one is told: RFC 9110
  // sec. 9.3.2
  if (head.method == method::head && route == nullptr)
    route = place->web_socket.get();
  if (route == nullptr) {
    std::set<std::string> names;
    place->collect_methods(names);
    return refuse(allow(
      head.method == method::options ? status::no_content : status::method_not_allowed, names));
  }
  if (!decode_into(head, *route, found))
    return refuse(problem_response(status::bad_request,
                                   "The path holds a percent-escape that stands for nothing."));
  return {&route->target, {}};
}

route_extremes route_table::extremes() const {
  route_extremes most;
  for_each_endpoint(*root_, [&](const endpoint& target) {
    const auto& own = target.limits;
    if (target.speaks == endpoint::protocol::web_socket)
      most.message = std::max(most.message, own.message_part.value_or(own.message.value_or(0)));
    if (target.deflate)
      most.deflate = std::max(most.deflate, websocket::deflate_memory(*target.deflate));
  });
  return most;
}

} // namespace sluice
