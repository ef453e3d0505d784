#include "tests/matrix/puppet.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <utility>

namespace sluice::testing {

namespace {

/// More than all buffers on the way hold.
constexpr int pieces_of_a_flood = 1600;
constexpr std::size_t piece_size = 64 * 1024;

struct puppet_state {
  caf::event_based_actor* self;
  caf::actor connection;
  shared_puppet_log log;
  pace how_fast;
  bool speaks_http;
  std::vector<caf::response_promise> held;

  void on_data() {
    auto credit = self->make_response_promise();
    log->update([](auto& all) {
      ++all.data;
      all.data_after_cancel += all.cancelled.empty() ? 0 : 1;
    });
    if (how_fast == pace::at_once)
      credit.deliver(caf::unit);
    else
      held.push_back(std::move(credit));
  }

  void acknowledge() {
    how_fast = pace::at_once;
    for (auto& credit : std::exchange(held, {}))
      credit.deliver(caf::unit);
  }

  /// What follows once the octets have left.
  enum class then { nothing, quit };

  void ask(caf::message what, int pieces_to_follow, then next = then::nothing) {
    self->request(connection, caf::infinite, std::move(what))
      .then(
        [this, pieces_to_follow, next] {
          log->update([](auto& all) { ++all.sent; });
          send_pieces(pieces_to_follow);
          if (next == then::quit)
            self->quit();
        },
        [](const caf::error&) {});
  }

  void answer() { ask(caf::make_message(respond{text("done")}), 0, then::quit); }

  void send_pieces(int count) {
    if (count == 0)
      return;
    ask(piece(std::string(piece_size, 'x')), count - 1);
  }

  [[nodiscard]] caf::message piece(std::string text) const {
    octets content{std::move(text)};
    if (speaks_http)
      return caf::make_message(response_content{std::move(content)});
    return caf::make_message(send_message{{message_kind::binary, std::move(content), true}});
  }

  void begin() {
    if (speaks_http)
      ask(caf::make_message(begin_response{}), 0);
    ask(piece("first"), 0);
  }

  /// Floods, or with a client that listens, comes to the end.
  void go_on(bool floods) {
    if (floods)
      return send_pieces(pieces_of_a_flood);
    ask(piece("last"), 0);
    if (speaks_http)
      ask(caf::make_message(end_response{}), 0, then::quit);
  }
};

} // namespace

behavior_handler puppet(shared_puppet_log log, pace how_fast, bool speaks_http) {
  return {[log, how_fast, speaks_http](caf::event_based_actor* self, const request&,
                                       const caf::actor& connection) -> caf::behavior {
            auto state = std::make_shared<puppet_state>(
              puppet_state{self, connection, log, how_fast, speaks_http, {}});
            log->update([&](auto& all) {
              all.puppet = self;
              all.has_started = true;
            });
            self->attach_functor([state] {
              // Promises and handles hold actors: the circles are cut here.
              state->held.clear();
              state->connection = nullptr;
              state->log->update([](auto& all) {
                all.puppet = nullptr;
                all.has_ended = true;
              });
            });
            return {
              [state](const chunk&) { state->on_data(); },
              [state](const message&) { state->on_data(); },
              [state](const end_of_content&) { state->log->update([](auto& all) { ++all.ends; }); },
              [state](const closed&) {
                state->log->update([](auto& all) { ++all.closes; });
                state->self->quit();
              },
              [state](const cancelled& why) {
                state->log->update([&](auto& all) { all.cancelled.push_back(why.reason); });
                state->self->quit();
              },
              [state](acknowledge_order) { state->acknowledge(); },
              [state](answer_order) { state->answer(); },
              [state](begin_order) { state->begin(); },
              [state](go_on_order, bool floods) { state->go_on(floods); },
            };
          },
          true};
}

void order(observed<puppet_log>& log, const caf::message& what) {
  if (const auto puppet = log.get().puppet)
    caf::anon_send(puppet, what);
}

} // namespace sluice::testing
