#include "sluice/protocol/websocket/deflate_negotiation.hpp"

#include "sluice/protocol/websocket/internal/extension_list.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>

namespace sluice::websocket {
namespace {

constexpr int most_window_bits = 15;
/// zlib compresses with 9 bits at the least.
constexpr int least_server_window_bits = 9;

/// One offer of a client. RFC 7692 sec. 7.1
struct offer {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<int> server_max_window_bits;
  /// Present: the client can be told; most_window_bits also when the offer names no number.
  std::optional<int> client_max_window_bits;
};

/// 8 to 15, decimal, without leading zeros.
std::optional<int> window_bits_of(std::string_view text) noexcept {
  if (text == "8" || text == "9")
    return text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
    return 10 + (text[1] - '0');
  return std::nullopt;
}

/// Takes `given` into `wish`. @returns false for what the offer may not say there
bool take_flag(bool& wish, const internal::extension_parameter& given) noexcept {
  if (wish || given.value)
    return false;
  wish = true;
  return true;
}

bool take_parameter(offer& wish, const internal::extension_parameter& given) {
  if (equals_ignoring_case(given.name, "server_no_context_takeover"))
    return take_flag(wish.server_no_context_takeover, given);
  if (equals_ignoring_case(given.name, "client_no_context_takeover"))
    return take_flag(wish.client_no_context_takeover, given);
  const bool is_server = equals_ignoring_case(given.name, "server_max_window_bits");
  if (!is_server && !equals_ignoring_case(given.name, "client_max_window_bits"))
    return false;
  auto& bits = is_server ? wish.server_max_window_bits : wish.client_max_window_bits;
  if (bits)
    return false;
  if (given.value)
    bits = window_bits_of(*given.value);
  else if (!is_server)
    bits = most_window_bits;
  return bits.has_value();
}

std::optional<offer> offer_of(const internal::extension& listed) {
  offer wish;
  for (const auto& parameter : listed.parameters)
    if (!take_parameter(wish, parameter))
      return std::nullopt;
  return wish;
}

bool is_acceptable(const offer& wish, const deflate_options& own) noexcept {
  if (wish.server_max_window_bits.value_or(most_window_bits) < least_server_window_bits)
    return false;
  // A client that does not offer client_max_window_bits must not be told of it.
  return wish.client_max_window_bits || own.client_max_window_bits == most_window_bits;
}

deflate_agreement accept(const offer& wish, const deflate_options& own) {
  deflate_agreement agreed{own, "permessage-deflate"};
  auto& terms = agreed.terms;
  terms.server_no_context_takeover |= wish.server_no_context_takeover;
  terms.client_no_context_takeover |= wish.client_no_context_takeover;
  terms.server_max_window_bits = std::min(own.server_max_window_bits,
                                          wish.server_max_window_bits.value_or(most_window_bits));
  terms.client_max_window_bits = std::min(own.client_max_window_bits,
                                          wish.client_max_window_bits.value_or(most_window_bits));
  auto& text = agreed.response;
  if (terms.server_no_context_takeover)
    text += "; server_no_context_takeover";
  if (terms.client_no_context_takeover)
    text += "; client_no_context_takeover";
  if (wish.server_max_window_bits || terms.server_max_window_bits < most_window_bits)
    text += "; server_max_window_bits=" + std::to_string(terms.server_max_window_bits);
  if (terms.client_max_window_bits < most_window_bits)
    text += "; client_max_window_bits=" + std::to_string(terms.client_max_window_bits);
  return agreed;
}

} // namespace

std::optional<deflate_agreement> negotiate_deflate(const fields& head, const deflate_options& own) {
  assert(fault_of(own).empty());
  const auto listed = internal::parse_extensions(head);
  if (!listed)
    return std::nullopt;
  for (const auto& one : *listed) {
    if (!equals_ignoring_case(one.name, "permessage-deflate"))
      continue;
    const auto wish = offer_of(one);
    if (wish && is_acceptable(*wish, own))
      return accept(*wish, own);
  }
  return std::nullopt;
}

} // namespace sluice::websocket
