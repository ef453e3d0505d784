#include "sluice/protocol/http/internal/head_rules.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/internal/text.hpp"
#include "sluice/protocol/http/target.hpp"

#include <charconv>

namespace sluice::http::internal {

namespace {

/// The lines that matter here, found in one pass over the section.
struct known_lines {
  unsigned hosts = 0;
  unsigned lengths = 0;
  unsigned codings = 0;
  bool has_connection = false;
  std::string_view host;
  std::string_view length;
  std::string_view coding;
};

known_lines find_known_lines(const fields& section) noexcept {
  known_lines found;
  for (const auto [name, value] : section) {
    if (equals_ignoring_case(name, "host")) {
      ++found.hosts;
      found.host = value;
    } else if (equals_ignoring_case(name, "content-length")) {
      ++found.lengths;
      found.length = value;
    } else if (equals_ignoring_case(name, "transfer-encoding")) {
      ++found.codings;
      found.coding = value;
    } else if (equals_ignoring_case(name, "connection")) {
      found.has_connection = true;
    }
  }
  return found;
}

std::error_code check_host(http_version version, const known_lines& lines) noexcept {
  const bool may_lack = version == http_version::v1_0;
  if (lines.hosts == 0 && may_lack)
    return {};
  if (lines.hosts != 1 || !is_host(lines.host))
    return errc::malformed_host;
  return {};
}

/// Whether the codings that are named, in all lines together, are others and a final "chunked".
bool ends_chunked(const fields& section) noexcept {
  bool is_chunked = false;
  for (const auto [name, value] : section) {
    if (!equals_ignoring_case(name, "transfer-encoding"))
      continue;
    for (auto rest = value;;) {
      const auto comma = rest.find(',');
      const auto coding = trimmed(rest.substr(0, comma));
      if (is_chunked || !is_token(trimmed(coding.substr(0, coding.find(';')))))
        return false; // nothing may follow chunked
      is_chunked = equals_ignoring_case(coding, "chunked");
      if (comma == std::string_view::npos)
        break;
      rest.remove_prefix(comma + 1);
    }
  }
  return is_chunked;
}

/// Only a lone "chunked" is taken: of any other coding the handler would see the octets as content.
std::error_code check_framing(http_version version, const fields& section, const known_lines& lines,
                              head_facts& facts) noexcept {
  if (lines.codings > 0) {
    if (lines.lengths > 0 || version == http_version::v1_0)
      return errc::conflicting_framing;
    if (lines.codings > 1 || !equals_ignoring_case(lines.coding, "chunked"))
      return ends_chunked(section) ? errc::unsupported_transfer_coding
                                   : errc::malformed_transfer_coding;
    facts.chunked = true;
  } else if (lines.lengths > 0) {
    facts.content_length = parse_content_length(lines.length);
    if (lines.lengths > 1 || !facts.content_length)
      return errc::malformed_content_length;
  }
  return {};
}

bool allows_another(http_version version, const fields& section,
                    const known_lines& lines) noexcept {
  if (lines.has_connection && section.has_token("connection", "close"))
    return false;
  return version == http_version::v1_1
         || (lines.has_connection && section.has_token("connection", "keep-alive"));
}

} // namespace

head_facts examine_head(sluice::method method, http_version version,
                        const fields& section) noexcept {
  const auto lines = find_known_lines(section);
  head_facts facts;
  facts.error = check_framing(version, section, lines, facts);
  if (!facts.error)
    facts.error = check_host(version, lines);
  // What follows a CONNECT is meant for the tunnel: it has no content, and no further request may
  // be read there.
  const bool is_tunnel = method == method::connect;
  if (!facts.error && is_tunnel && facts.has_content())
    facts.error = errc::malformed_request;
  facts.is_persistent = !is_tunnel && allows_another(version, section, lines);
  return facts;
}

std::optional<std::uint64_t> parse_content_length(std::string_view value) noexcept {
  std::uint64_t length = 0;
  const auto* const end = value.data() + value.size();
  const auto [stop, code] = std::from_chars(value.data(), end, length);
  if (code != std::errc{} || stop != end)
    return std::nullopt;
  return length;
}

bool is_target_for(sluice::method method, std::string_view text) noexcept {
  const auto parsed = parse_target(text);
  if (!parsed)
    return false;
  if (method == method::connect || parsed->form == target_form::authority)
    return method == method::connect && parsed->form == target_form::authority;
  return parsed->form != target_form::asterisk || method == method::options;
}

} // namespace sluice::http::internal
