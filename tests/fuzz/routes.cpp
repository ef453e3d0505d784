// Routes and the requests for them, by line: g, p and w begin the pattern of a GET, of a POST and
// of a WebSocket route; G, P, H, O and W the path of a GET, a POST, a HEAD, an OPTIONS, and of a
// GET that asks for a WebSocket. Our own router tries every pattern that it could read and takes
// the best: the same patterns are refused, the same route is found with the same parameters.

#include "sluice/protocol/http/problem.hpp"
#include "sluice/server/routing/route_pattern.hpp"
#include "sluice/server/routing/route_table.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <map>
#include <set>
#include <stdexcept>

using namespace sluice::fuzz;

namespace {

using kind = sluice::route_segment::kind_type;
using segments = std::vector<sluice::route_segment>;

std::optional<sluice::route_segment> read_segment(std::string_view text) {
  if (text.find('{') == std::string_view::npos && text.find('}') == std::string_view::npos) {
    const auto decoded = unescaped(text);
    return decoded ? std::optional<sluice::route_segment>{{kind::literal, *decoded}} : std::nullopt;
  }
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-";
  if (text.size() < 3 || text.front() != '{' || text.back() != '}')
    return std::nullopt;
  const auto inner = text.substr(1, text.size() - 2);
  const auto name = inner.substr(0, std::min(inner.find_first_not_of(letters), inner.size()));
  const auto behind = inner.substr(name.size());
  if (name.empty() || (!behind.empty() && behind != "..."))
    return std::nullopt;
  return sluice::route_segment{behind.empty() ? kind::parameter : kind::rest, std::string{name}};
}

std::optional<segments> read_pattern(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return std::nullopt;
  for (const char c : text)
    if ((c >= 0 && c <= ' ') || c == '\x7f' || c == '?' || c == '#')
      return std::nullopt;
  segments out;
  std::set<std::string> names;
  for (const auto part : split(text.substr(1), '/')) {
    const auto segment = read_segment(part);
    const auto is_behind_rest = !out.empty() && out.back().kind == kind::rest;
    if (!segment || is_behind_rest
        || (segment->kind != kind::literal && !names.insert(segment->text).second))
      return std::nullopt;
    out.push_back(*segment);
  }
  return out;
}

/// The rank of a pattern among those that a path fits: what comes first wins.
std::vector<kind> rank_of(const segments& pattern) {
  std::vector<kind> out;
  for (const auto& segment : pattern)
    out.push_back(segment.kind);
  return out;
}

/// Whether a segment of a path stands for `literal`: each octet in it takes one, or three.
bool stands_for(std::string_view part, std::string_view literal) {
  return part.size() >= literal.size() && part.size() <= 3 * literal.size()
         && unescaped(part) == literal;
}

/// The raw values of the parameters; nothing if the path, which has these parts, does not fit.
std::optional<std::vector<std::string>> fit(std::string_view path,
                                            const std::vector<std::string_view>& parts,
                                            const segments& pattern) {
  const auto has_rest = pattern.back().kind == kind::rest;
  if (has_rest ? parts.size() < pattern.size() : parts.size() != pattern.size())
    return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].kind == kind::literal && !stands_for(parts[i], pattern[i].text))
      return std::nullopt;
    if (pattern[i].kind == kind::parameter && parts[i].empty())
      return std::nullopt;
    if (pattern[i].kind == kind::parameter)
      out.emplace_back(parts[i]);
    if (pattern[i].kind == kind::rest) // as it stands at the end of the path
      out.emplace_back(path.substr(static_cast<std::size_t>(parts[i].data() - path.data())));
  }
  return out;
}

class plain_router {
public:
  /// @returns false for a route that there is
  bool add(char which, const segments& pattern, std::string_view text) {
    for (const auto& one : routes_)
      if (one.which == which && is_same_place(one.pattern, pattern))
        return false;
    routes_.push_back({which, pattern, std::string{text}});
    return true;
  }

  /// What `find` should say.
  [[nodiscard]] std::string find(char which, std::string_view path) const {
    std::set<std::string> allowed{"OPTIONS"};
    if (path == "*") {
      for (const auto& one : routes_)
        allow(one.which, allowed);
      return refusal(which, allowed);
    }
    if (!path.starts_with('/'))
      return "404";
    const auto parts = split(path.substr(1), '/');
    std::map<std::vector<kind>, std::map<char, const route*>> by_rank;
    for (const auto& one : routes_)
      if (fit(path, parts, one.pattern))
        by_rank[rank_of(one.pattern)][one.which] = &one;
    if (by_rank.empty())
      return "404";
    const auto& best = by_rank.begin()->second;
    const auto* const chosen = choose(which, best);
    if (chosen != nullptr)
      return found(path, parts, *chosen);
    for (const auto& [own, its] : best)
      allow(own, allowed);
    return refusal(which, allowed);
  }

private:
  struct route {
    char which;
    segments pattern;
    std::string text;
  };

  /// Whether any path that fits one fits the other: they differ in names at most.
  static bool is_same_place(const segments& a, const segments& b) {
    if (a.size() != b.size())
      return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i].kind != b[i].kind || (a[i].kind == kind::literal && a[i].text != b[i].text))
        return false;
    return true;
  }

  static const route* choose(char which, const std::map<char, const route*>& among) {
    const auto one_of = [&](std::string_view order) -> const route* {
      for (const char own : order)
        if (const auto at = among.find(own); at != among.end())
          return at->second;
      return nullptr;
    };
    switch (which) {
      case 'G':
      case 'H': return one_of("gw");
      case 'W': return one_of("wg");
      case 'P': return one_of("p");
      default: return nullptr;
    }
  }

  static void allow(char which, std::set<std::string>& names) {
    if (which == 'p')
      names.insert("POST");
    else
      names.insert({"GET", "HEAD"});
  }

  static std::string refusal(char which, const std::set<std::string>& allowed) {
    std::string out = which == 'O' ? "204" : "405";
    for (const auto& name : allowed)
      out.append(name == *allowed.begin() ? " " : ", ").append(name);
    return out;
  }

  static std::string found(std::string_view path, const std::vector<std::string_view>& parts,
                           const route& which) {
    auto out = which.text;
    const auto values = fit(path, parts, which.pattern);
    std::size_t next = 0;
    for (const auto& segment : which.pattern) {
      if (segment.kind == kind::literal)
        continue;
      const auto value = unescaped((*values)[next++]);
      if (!value || value->find('\0') != std::string::npos)
        return "400";
      out += '\n' + segment.text + '=' + *value;
    }
    return out;
  }

  std::vector<route> routes_;
};

std::string answer(const sluice::route_table& routes, char which, std::string_view path) {
  sluice::request head;
  head.path = head.target = path;
  head.method = which == 'P'   ? sluice::method::post
                : which == 'H' ? sluice::method::head
                : which == 'O' ? sluice::method::options
                               : sluice::method::get;
  head.parameters = {{"of a request before", "it"}};
  const auto found = routes.find(head, which == 'W');
  require((found.target == nullptr) == found.refusal.has_value(), "a request is refused or not");
  if (found.target == nullptr) {
    auto out = std::to_string(static_cast<unsigned>(found.refusal->status));
    if (const auto allowed = found.refusal->fields.find("Allow"))
      out.append(" ").append(*allowed);
    return out;
  }
  auto out = found.target->route;
  for (const auto& [name, value] : head.parameters)
    out.append("\n").append(name).append("=").append(value);
  return out;
}

void check_pattern(std::string_view text) {
  const auto expected = read_pattern(text);
  std::optional<segments> found;
  try {
    found = sluice::parse_route_pattern(text);
  } catch (const std::invalid_argument& refused) {
    require(std::string_view{refused.what()}.find(text) != std::string_view::npos
              || text.find('\0') != std::string_view::npos,
            "what is said against a pattern quotes it");
  }
  require(found == expected, "a pattern is its segments");
}

bool insert(sluice::route_table& routes, char which, std::string_view pattern) {
  using sluice::endpoint;
  try {
    routes.insert(which == 'p' ? sluice::method::post : sluice::method::get, pattern,
                  which == 'w' ? endpoint::protocol::web_socket : endpoint::protocol::http);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  const input from{data, size, 0};
  constexpr std::size_t most = 24; // of each: our own router tries all
  route_table routes;
  plain_router plain;
  std::vector<std::string_view> requests;
  std::size_t patterns = 0;
  for (const auto line : split(as_text(from.octets()), '\n')) {
    if (line.empty())
      continue;
    const auto rest = line.substr(1);
    if (std::string_view{"GPHOW"}.find(line[0]) != std::string_view::npos)
      requests.push_back(line);
    if (std::string_view{"gpw"}.find(line[0]) == std::string_view::npos || ++patterns > most)
      continue;
    check_pattern(rest);
    const auto pattern = read_pattern(rest);
    require(insert(routes, line[0], rest) == (pattern && plain.add(line[0], *pattern, rest)),
            "a pattern is taken unless it is malformed or there already");
  }
  requests.resize(std::min(requests.size(), most));
  for (const auto line : requests)
    require_same(answer(routes, line[0], line.substr(1)), plain.find(line[0], line.substr(1)),
                 "the best pattern is found");
}
