// What a client offers in the fields of its head, by line: subprotocols, permessage-deflate,
// expectations. Our own reader of lists takes each line apart an octet at a time, and our own rules
// say what is agreed on: the first offer that can be accepted, no laxer than either side asked for.
// Settings: the terms of our own side (flags, two windows).

#include "sluice/protocol/websocket/deflate_negotiation.hpp"
#include "sluice/protocol/websocket/handshake.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/section.hpp"

#include <map>

using namespace sluice::fuzz;
using sluice::websocket::deflate_options;

namespace {

// --- lists of tokens ---------------------------------------------------------------------------

std::vector<std::string_view> members_of(const sluice::fields& head, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto value : values_of(head, name))
    for (const auto member : split(value, ','))
      if (!trimmed(member).empty())
        out.push_back(trimmed(member));
  return out;
}

void check_tokens(const sluice::fields& head) {
  for (const std::string_view token : {"websocket", "upgrade", "close"}) {
    auto holds = false;
    for (const auto member : members_of(head, "connection"))
      holds = holds || lowered(member) == token;
    require(head.has_token("Connection", token) == holds, "a list holds its members");
  }
}

void check_expectation(const sluice::request& head) {
  auto expected = sluice::expectation::none;
  for (const auto member : members_of(head.fields, "expect"))
    expected = lowered(member) != "100-continue" || expected == sluice::expectation::unknown
                 ? sluice::expectation::unknown
                 : sluice::expectation::continue_;
  require(sluice::expectation_of(head) == expected, "every member of Expect counts");
}

void check_subprotocols(const sluice::request& head) {
  const auto members = members_of(head.fields, "sec-websocket-protocol");
  auto is_right = !members.empty() || !head.fields.contains("Sec-WebSocket-Protocol");
  std::map<std::string_view, int> times;
  for (const auto member : members)
    is_right = is_right && is_plain_token(member) && ++times[member] == 1;
  const auto offered = sluice::websocket::offered_subprotocols(head);
  require(offered.has_value() == is_right, "only different tokens are offered");
  require(!offered || *offered == members, "they are in the client's order");
  const std::vector<std::string> known{"graphql-ws", "b", "a"};
  std::string_view chosen;
  for (const auto& name : known)
    if (is_right && chosen.empty() && times.count(name) > 0)
      chosen = name;
  require_same(sluice::websocket::choose_subprotocol(head, known), chosen,
               "the first that we know is chosen");
}

// --- permessage-deflate ------------------------------------------------------------------------

struct parameter {
  std::string name; ///< in lower case
  std::optional<std::string> value;
};
struct offer {
  std::string name; ///< in lower case
  std::vector<parameter> parameters;
};

/// One line of Sec-WebSocket-Extensions. RFC 6455 sec. 9.1
class line_reader {
public:
  explicit line_reader(std::string_view line) : line_{line} { skip_blanks(); }

  /// Adds the offers to `out`. @returns whether the line keeps to the grammar
  bool read(std::vector<offer>& out) {
    while (at_ < line_.size()) {
      if (take(','))
        continue;
      offer next;
      if (!read_token(next.name))
        return false;
      while (take(';'))
        if (!read_parameter(next.parameters.emplace_back()))
          return false;
      out.push_back(std::move(next));
      if (at_ < line_.size() && !take(','))
        return false;
    }
    return true;
  }

private:
  void skip_blanks() {
    while (at_ < line_.size() && (line_[at_] == ' ' || line_[at_] == '\t'))
      ++at_;
  }
  bool take(char separator) {
    if (at_ == line_.size() || line_[at_] != separator)
      return false;
    ++at_;
    skip_blanks();
    return true;
  }
  bool read_token(std::string& out) {
    while (at_ < line_.size() && is_plain_token(line_.substr(at_, 1)))
      out += line_[at_++];
    skip_blanks();
    out = lowered(out);
    return !out.empty();
  }
  bool read_parameter(parameter& out) {
    if (!read_token(out.name))
      return false;
    if (!take('='))
      return true;
    out.value.emplace();
    if (at_ == line_.size() || line_[at_] != '"')
      return read_token(*out.value);
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (line_[at_] == '\\' && ++at_ == line_.size())
        return false;
      *out.value += line_[at_];
    }
    return take('"') && is_plain_token(*out.value);
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

std::optional<std::vector<offer>> offers_in(const sluice::fields& head) {
  std::vector<offer> out;
  for (const auto line : values_of(head, "sec-websocket-extensions"))
    if (!line_reader{line}.read(out))
      return std::nullopt;
  return out;
}

/// What `one` comes to with our `own` terms, as the value of a response; nothing if it can't be
/// accepted. RFC 7692 sec. 7.1
std::optional<std::string> answer_to(const offer& one, const deflate_options& own) {
  std::map<std::string, std::optional<std::string>> given;
  for (const auto& [name, value] : one.parameters)
    if (!given.emplace(name, value).second)
      return std::nullopt;
  const auto bits_of = [](const std::string& text) {
    for (auto bits = 8; bits <= 15; ++bits)
      if (text == std::to_string(bits))
        return bits;
    return 0;
  };
  auto terms = own;
  auto names_server_bits = false;
  auto can_be_told = false;
  for (const auto& [name, value] : given) {
    if (name == "server_no_context_takeover" && !value)
      terms.server_no_context_takeover = true;
    else if (name == "client_no_context_takeover" && !value)
      terms.client_no_context_takeover = true;
    else if (name == "server_max_window_bits" && value && bits_of(*value) > 8) // 8: zlib can't
      terms.server_max_window_bits = std::min(own.server_max_window_bits, bits_of(*value));
    else if (name == "client_max_window_bits" && (!value || bits_of(*value) != 0))
      terms.client_max_window_bits = std::min(own.client_max_window_bits,
                                              value ? bits_of(*value) : 15);
    else
      return std::nullopt;
    names_server_bits = names_server_bits || name == "server_max_window_bits";
    can_be_told = can_be_told || name == "client_max_window_bits";
  }
  if (own.client_max_window_bits < 15 && !can_be_told)
    return std::nullopt;
  std::string out = "permessage-deflate";
  if (terms.server_no_context_takeover)
    out += "; server_no_context_takeover";
  if (terms.client_no_context_takeover)
    out += "; client_no_context_takeover";
  if (names_server_bits || terms.server_max_window_bits < 15)
    out += "; server_max_window_bits=" + std::to_string(terms.server_max_window_bits);
  if (terms.client_max_window_bits < 15)
    out += "; client_max_window_bits=" + std::to_string(terms.client_max_window_bits);
  return out;
}

void check_terms(const deflate_options& agreed, const deflate_options& own,
                 const std::string& response) {
  require(agreed.server_no_context_takeover >= own.server_no_context_takeover
            && agreed.client_no_context_takeover >= own.client_no_context_takeover
            && agreed.server_max_window_bits <= own.server_max_window_bits
            && agreed.client_max_window_bits <= own.client_max_window_bits,
          "terms can only become stricter");
  // What is kept is what is said: read back, the response is these terms.
  const auto said = offers_in({{"Sec-WebSocket-Extensions", response}});
  require(said && said->size() == 1, "the response is one extension");
  std::map<std::string, std::optional<std::string>> by_name;
  for (const auto& [name, value] : said->front().parameters)
    require(by_name.emplace(name, value).second, "it says nothing twice");
  const auto bits = [&](const std::string& name) {
    return by_name.count(name) > 0 ? by_name[name].value_or("none") : "15";
  };
  require(agreed.server_no_context_takeover == (by_name.count("server_no_context_takeover") > 0)
            && agreed.client_no_context_takeover
                 == (by_name.count("client_no_context_takeover") > 0)
            && bits("server_max_window_bits") == std::to_string(agreed.server_max_window_bits),
          "the terms are those of the response");
  // A client may be held to more than its 15 bits only by its own word, which needs no answer.
  require(bits("client_max_window_bits") == std::to_string(agreed.client_max_window_bits),
          "a client is told of its window");
}

void check_deflate(const sluice::fields& head, const deflate_options& own) {
  const auto offers = offers_in(head);
  std::optional<std::string> expected;
  for (const auto& one : offers.value_or(std::vector<offer>{}))
    if (!expected && one.name == "permessage-deflate")
      expected = answer_to(one, own);
  const auto agreed = sluice::websocket::negotiate_deflate(head, own);
  require_same(agreed ? agreed->response : "nothing", expected.value_or("nothing"),
               "the first offer that can be is accepted");
  if (agreed)
    check_terms(agreed->terms, own, agreed->response);
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 3};
  const auto flags = from.setting();
  deflate_options own;
  own.server_no_context_takeover = (flags ^ '0') % 2 == 1;
  own.client_no_context_takeover = (flags ^ '0') / 2 % 2 == 1;
  own.server_max_window_bits = 15 - (from.setting() ^ '0') % 7;
  own.client_max_window_bits = 15 - (from.setting() ^ '0') % 7;
  sluice::request head;
  head.fields = section_of(sluice::as_text(from.octets()));
  check_tokens(head.fields);
  check_expectation(head);
  check_subprotocols(head);
  check_deflate(head.fields, own);
}
