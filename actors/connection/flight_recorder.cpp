#include "sluice/actors/connection/flight_recorder.hpp"

#include "sluice/actors/loop/event_loop.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"
#include "sluice/actors/net/transport.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/protocol/http/message.hpp"

#include <caf/error.hpp>

#include <algorithm>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace sluice {

namespace {

/// What there is no memory for is missing from the record, and nothing else: a connection that tells
/// of something has more to do.
template <class Note>
void without_memory_too(Note note) noexcept {
  try {
    note();
  } catch (const std::bad_alloc&) {}
}

flight_event event_of(delivery_kind kind) noexcept {
  switch (kind) {
    case delivery_kind::chunk: return flight_event::chunk;
    case delivery_kind::text: return flight_event::text;
    default: return flight_event::binary;
  }
}

} // namespace

struct flight_recorder::entry {
  entry(std::string peer, const settings& limits, event_loop& on)
    : record{std::move(peer), limits.record_events, limits.record_content},
      loop{on},
      began{on.exact_time()} {}

  void note(flight_event what, std::uint64_t octets = 0, std::string_view words = {}) noexcept {
    without_memory_too([&] { record.add(loop.exact_time() - began, what, octets, words); });
  }
  void note_received(std::string_view octets) noexcept {
    without_memory_too([&] { record.add_received(loop.exact_time() - began, octets); });
  }

  flight_record record;
  event_loop& loop;
  time_point began;
};

/// What is below it, recorded.
class flight_recorder::recorded_transport final : public transport {
public:
  recorded_transport(std::unique_ptr<transport> below, std::shared_ptr<entry> into)
    : below_{std::move(below)}, into_{std::move(into)} {}

  [[nodiscard]] int watch(event_loop& loop, io_handler& handler) override {
    return below_->watch(loop, handler);
  }
  void unwatch(event_loop& loop, io_handler& handler) noexcept override {
    below_->unwatch(loop, handler);
  }
  [[nodiscard]] result read(std::span<std::byte> buffer) noexcept override {
    const auto came = below_->read(buffer);
    if (came.octets > 0)
      into_->note_received({reinterpret_cast<const char*>(buffer.data()), came.octets});
    if (came.then == next::end && !std::exchange(has_ended_, true))
      into_->note(flight_event::peer_end);
    return came;
  }
  [[nodiscard]] result write(std::span<const iovec> vectors) noexcept override {
    const auto went = below_->write(vectors);
    if (went.octets > 0)
      into_->note(flight_event::sent, went.octets);
    if (went.then == next::dry)
      into_->note(flight_event::network_full);
    return went;
  }
  [[nodiscard]] known can_bring(std::size_t octets) const noexcept override {
    return below_->can_bring(octets);
  }
  [[nodiscard]] bool can_look() const noexcept override { return below_->can_look(); }
  [[nodiscard]] std::vector<std::byte> look(std::size_t most) const override {
    return below_->look(most);
  }
  [[nodiscard]] kernel_octets in_kernel() const noexcept override { return below_->in_kernel(); }
  [[nodiscard]] int take_error() noexcept override { return below_->take_error(); }
  [[nodiscard]] std::string_view application_protocol() const noexcept override {
    return below_->application_protocol();
  }
  [[nodiscard]] next shutdown_write() noexcept override { return below_->shutdown_write(); }
  void close() noexcept override {
    into_->note(flight_event::closed);
    below_->close();
  }
  void abort() noexcept override {
    into_->note(flight_event::aborted);
    below_->abort();
  }

private:
  std::unique_ptr<transport> below_;
  std::shared_ptr<entry> into_;
  bool has_ended_ = false;
};

flight_recorder::flight_recorder(event_loop& loop, const settings& limits, journal& log)
  : loop_{loop}, limits_{limits}, log_{log} {}

std::unique_ptr<transport> flight_recorder::record(std::unique_ptr<transport> from,
                                                   caf::actor_id connection, std::string peer) {
  if (all_.size() >= most_) {
    std::erase_if(all_, [](const auto& each) { return each.second.expired(); });
    most_ = 2 * all_.size() + 16;
  }
  auto into = std::make_shared<entry>(std::move(peer), limits_, loop_);
  all_.insert_or_assign(connection, into);
  return std::make_unique<recorded_transport>(std::move(from), std::move(into));
}

std::shared_ptr<const flight_record> flight_recorder::find(
  caf::actor_id connection) const noexcept {
  const auto found = all_.find(connection);
  auto whole = found == all_.end() ? nullptr : found->second.lock();
  const auto* const record = whole ? &whole->record : nullptr;
  return {std::move(whole), record};
}

void flight_recorder::note(caf::actor_id connection, flight_event what, std::uint64_t octets,
                           std::string_view words) noexcept {
  if (const auto found = all_.find(connection); found != all_.end())
    if (const auto whole = found->second.lock())
      whole->note(what, octets, words);
}

// Neither query nor fields: what they hold is for the handler alone.
void flight_recorder::on_request(caf::actor_id connection, const request& head,
                                 bool is_web_socket) {
  constexpr std::size_t longest_kind = 12; // of what follows
  without_memory_too([&] {
    auto words = std::string{to_string(head.method)} + ' ' + head.path;
    words.resize(std::min(words.size(), flight_record::most_words - longest_kind));
    if (is_web_socket)
      words += " websocket";
    else if (head.chunked)
      words += " chunked";
    note(connection, flight_event::request, head.content_length.value_or(0), words);
  });
}

void flight_recorder::on_started(caf::actor_id connection) {
  note(connection, flight_event::started);
}

void flight_recorder::on_delivered(caf::actor_id connection, std::string_view content,
                                   delivery_kind kind) {
  note(connection, event_of(kind), content.size());
}

void flight_recorder::on_content_end(caf::actor_id connection) {
  note(connection, flight_event::content_end);
}

void flight_recorder::on_acknowledged(caf::actor_id connection) {
  note(connection, flight_event::acknowledged);
}

void flight_recorder::on_ignored(caf::actor_id connection) {
  note(connection, flight_event::ignored);
}

void flight_recorder::on_cancelled(caf::actor_id connection, cancel_reason reason) {
  note(connection, flight_event::cancelled, 0, to_string(reason));
}

void flight_recorder::on_killed(caf::actor_id connection) {
  note(connection, flight_event::killed);
}

// By the thread of who has sent it, too, whose record this is not.
void flight_recorder::on_refused(caf::actor_id connection, refusal why) {
  if (loop_.is_current_thread())
    note(connection, flight_event::refused, 0, name_of(why));
}

void flight_recorder::on_called(caf::actor_id connection, std::string_view content,
                                delivery_kind kind) {
  note(connection, event_of(kind), content.size());
}

void flight_recorder::on_ended(caf::actor_id connection, const caf::error& why, bool) {
  without_memory_too(
    [&] { note(connection, flight_event::ended, 0, why ? caf::to_string(why) : std::string{}); });
}

void flight_recorder::on_failed(caf::actor_id connection, std::string_view what) {
  note(connection, flight_event::failed, 0, what);
  without_memory_too([&] {
    if (const auto record = find(connection); record && log_.wants_record())
      log_.keep(*record);
  });
}

} // namespace sluice
