#pragma once

#include "sluice/sluice.hpp"
#include "tests/matrix/cell.hpp"
#include "tests/support/test_server.hpp"

#include <caf/actor.hpp>
#include <caf/atom.hpp>

#include <memory>
#include <vector>

namespace sluice::testing {

/// What a puppet went through.
struct puppet_log {
  caf::actor puppet; ///< null before it starts and once it has ended
  int data = 0;
  int ends = 0;
  int closes = 0;
  int sent = 0; ///< pieces whose octets have left
  int data_after_cancel = 0;
  std::vector<cancel_reason> cancelled;
  bool has_started = false;
  bool has_ended = false;
};
using shared_puppet_log = std::shared_ptr<observed<puppet_log>>;

// What a puppet is told to do.
using acknowledge_order = caf::atom_constant<caf::atom("ack")>;
using answer_order = caf::atom_constant<caf::atom("answer")>;
using begin_order = caf::atom_constant<caf::atom("begin")>;
using go_on_order = caf::atom_constant<caf::atom("goon")>;

/// A handler that acknowledges at the pace it is given and does else what it is told.
[[nodiscard]] behavior_handler puppet(shared_puppet_log log, pace how_fast, bool speaks_http);

/// Gives an order to the puppet of `log`, if it lives.
void order(observed<puppet_log>& log, const caf::message& what);

} // namespace sluice::testing
