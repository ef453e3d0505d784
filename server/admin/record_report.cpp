#include "sluice/server/admin/record_report.hpp"

#include "sluice/actors/connection/flight_recorder.hpp"
#include "sluice/actors/connection/loop_context.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/server/admin/stall_report.hpp"
#include "sluice/server/service/server_view.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <memory>
#include <new>
#include <utility>
#include <variant>

namespace sluice {

/// Of one loop: a copy of the record, as it was when the loop was asked; null: it has none.
struct record_answer {
  std::shared_ptr<const flight_record> record;
};

} // namespace sluice

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::record_answer)

namespace sluice {

namespace {

/// Has the loop send its answer to `whom`, who makes a text of it: that takes a loop too long.
void ask(loop_context& where, caf::actor_id connection, caf::weak_actor_ptr whom) {
  post_call(where.loop, [&where, connection, to = std::move(whom)] {
    try {
      const auto found = where.recorder != nullptr ? where.recorder->find(connection) : nullptr;
      record_answer answer{found ? std::make_shared<const flight_record>(*found) : nullptr};
      if (const auto alive = to.lock())
        caf::anon_send(caf::actor_cast<caf::actor>(alive), std::move(answer));
    } catch (const std::bad_alloc&) {} // whoever waits for it has a deadline
  });
}

} // namespace

task show_record(exchange& http, const server_view& what) {
  const auto connection = http.query<caf::actor_id>("connection");
  if (!connection)
    throw http_error{status::bad_request, "connection=ID names one of the stall list."};
  const auto count = what.loops.size();
  inbox<record_answer> answers{http, {slow_consumer::drop_oldest, count}};
  for (const auto& loop : what.loops)
    ask(*loop.context, *connection, caf::actor_cast<caf::weak_actor_ptr>(&http.self()));
  for (std::size_t come = 0; come < count; ++come) {
    auto next = co_await first_of(answers.next(), http.delay(patience_with_loops));
    if (next.index() != 0)
      throw http_error{status::service_unavailable, "An event loop is held up: nobody knows."};
    const auto& found = std::get<0>(next).record;
    if (!found)
      continue;
    auto answer = text(found->text());
    answer.fields.add("Cache-Control", "no-store").add("X-Content-Type-Options", "nosniff");
    co_await http.respond(std::move(answer));
    co_return;
  }
  throw http_error{status::not_found,
                   "There is no record of this connection; --record has them kept."};
}

} // namespace sluice
