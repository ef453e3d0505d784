// Forms and queries: what our own reader, an octet at a time, finds in them; each field, escaped
// again, comes back. Server-sent events: whatever an event holds, a reader of the stream by the
// letter of the HTML standard dispatches that event and no other. An event's type, id and data
// stand between octets 0x1e. Setting: the event's retry.

#include "sluice/protocol/http/form.hpp"
#include "sluice/protocol/http/server_event.hpp"
#include "sluice/protocol/http/target.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/text.hpp"

#include <utility>

using namespace sluice::fuzz;

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

/// The URL standard, sec. 5.1, but that a broken escape is refused.
std::optional<pairs> read_form(std::string_view text) {
  pairs out;
  for (const auto pair : split(text, '&')) {
    if (pair.empty())
      continue;
    std::string spaced{pair};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    const auto equals = std::min(spaced.find('='), spaced.size());
    const auto name = unescaped(spaced.substr(0, equals));
    const auto value = unescaped(spaced.substr(std::min(equals + 1, spaced.size())));
    if (!name || !value)
      return std::nullopt;
    out.emplace_back(*name, *value);
  }
  return out;
}

std::string text_of(const pairs& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out.append(out.empty() ? "" : "&").append(escaped(name)).append("=").append(escaped(value));
  return out;
}

void check_form(std::string_view text) {
  const auto expected = read_form(text);
  const auto found = sluice::form::parse(text);
  require(found.has_value() == expected.has_value(), "only a broken escape is refused");
  if (!found)
    return;
  const pairs fields(found->begin(), found->end());
  require_same(text_of(fields), text_of(*expected), "a form is its pairs");
  require(found->size() == expected->size() && found->empty() == expected->empty(),
          "a form counts its fields");
  const auto again = sluice::form::parse(text_of(fields));
  require(again && pairs(again->begin(), again->end()) == fields, "what is escaped comes back");
  // The first, the last and the one between: each of them would make this quadratic.
  for (const auto at : {std::size_t{0}, fields.size() / 2, fields.size() - 1}) {
    if (fields.empty())
      break;
    const auto& name = fields[at].first;
    std::vector<std::string_view> all;
    for (const auto& [key, value] : fields)
      if (key == name)
        all.emplace_back(value);
    require(found->all(name) == all, "all values of a name are found");
    require(found->find(name) == all.front(), "the first value of a name is found");
    // "%00" in a query is looked for as it stands there, decoded: as in a form.
    require(sluice::http::query_parameter(text, name) == std::string{all.front()},
            "a query's parameter is a form's field");
    require(sluice::http::has_query_parameter(text, name), "a query has it");
  }
  const std::string longer(text.size() + 1, 'x');
  require(!found->find(longer) && found->all(longer).empty()
            && !sluice::http::has_query_parameter(text, longer),
          "what is not there is not found");
}

struct dispatched {
  std::string type;
  std::string data;
  std::string id;
  std::string retry;
};

/// Lines by any of the three line ends; what follows the last one is no line.
std::vector<std::string> lines_of(std::string_view stream) {
  std::vector<std::string> out(1);
  for (std::size_t at = 0; at < stream.size(); ++at) {
    if (stream[at] == '\n' && at > 0 && stream[at - 1] == '\r')
      continue;
    if (stream[at] == '\n' || stream[at] == '\r')
      out.emplace_back();
    else
      out.back() += stream[at];
  }
  out.pop_back();
  return out;
}

/// The HTML standard, sec. 9.2.6.
std::vector<dispatched> read_stream(std::string_view stream) {
  std::vector<dispatched> out;
  dispatched next;
  for (const auto& line : lines_of(stream)) {
    if (line.empty()) {
      if (!next.data.empty()) {
        next.data.pop_back();
        out.push_back(next);
      }
      next = {};
      continue;
    }
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    auto value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' '))
      value.erase(0, 1);
    if (name == "event")
      next.type = value;
    else if (name == "data")
      next.data += value + '\n';
    else if (name == "id" && value.find('\0') == std::string::npos)
      next.id = value;
    else if (name == "retry" && value.find_first_not_of("0123456789") == std::string::npos)
      next.retry = value;
    else
      require(name.empty(), "no line of an event is unknown");
  }
  return out;
}

void check_event(std::string_view text, std::uint8_t retry) {
  const auto parts = split(text, '\x1e');
  sluice::server_event event;
  event.type = parts[0];
  event.id = parts.size() > 1 ? parts[1] : "";
  event.data = parts.size() > 2 ? parts[2] : "";
  if (retry != '0')
    event.retry = std::chrono::milliseconds{retry};
  const auto stream = sluice::format_comment(text) + sluice::format(event)
                      + sluice::format_comment(event.data);
  const auto found = read_stream(stream);
  require(found.size() == 1, "an event is one event, and a comment none");
  constexpr std::string_view ends{"\r\n\0", 3};
  const auto first_line = [&](const std::string& all) {
    return all.substr(0, all.find_first_of(ends));
  };
  std::string data;
  for (const auto& line : lines_of(event.data + "\n"))
    data += line + '\n';
  data.pop_back();
  if (event.data.ends_with('\r')) // it ended with the line feed that we put behind it
    data += '\n';
  require_same(found[0].type, first_line(event.type), "a type is its first line");
  require_same(found[0].id, first_line(event.id), "an id is its first line");
  require_same(found[0].data, data, "data keeps its lines");
  require_same(found[0].retry, event.retry ? std::to_string(retry) : "", "retry is a number");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 1};
  const auto retry = from.setting();
  const auto text = sluice::as_text(from.octets());
  check_form(text);
  check_event(text, retry);
}
