// Differential: the same octets whole and cut give the same messages, control frames and refusals,
// which are what an independent reader of frames sees in them; and the parts of a message are the
// message.

#include "tests/fuzz/differential.hpp"
#include "tests/fuzz/session_run.hpp"

#include <limits>

using namespace sluice::fuzz;

namespace {

/// In parts there is no message limit, so it must be out of the way.
void require_same_in_parts(sluice::octet_view octets, session_settings in_parts) {
  in_parts.close_at = 0; // parts are events too, which would shift our own acts
  in_parts.ping_at = 0;
  auto in_whole = in_parts;
  in_whole.bounds.message = std::numeric_limits<std::size_t>::max();
  in_whole.bounds.part = 0;
  session_run one{in_parts, octets, parts::joined};
  session_run other{in_whole, octets, parts::joined};
  feed_in_pieces(one, octets, cuts::none());
  feed_in_pieces(other, octets, cuts::none());
  require_same(one.events(), other.events(), "the parts of a message are the message");
}

} // namespace

void sluice::fuzz::try_one(const std::uint8_t* data, std::size_t size) {
  input from{data, size, 9};
  const auto chosen = session_settings_of(from);
  const auto where = cuts::chosen_by(from);
  const auto octets = from.octets();
  require_same_for_all_cuts(octets, where, [&] { return session_run{chosen, octets}; });
  if (chosen.bounds.part != 0)
    require_same_in_parts(octets, chosen);
}
