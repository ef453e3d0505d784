#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/flight_record.hpp"
#include "sluice/actors/observe/handler_observer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

class event_loop;
class journal;
class transport;
struct settings;

/// Keeps a record of each connection of its loop: of the octets as their transport, and of the
/// handlers as what passes between them and their connection. Confined to its loop.
class flight_recorder final : public handler_observer {
public:
  /// `limits`: how much is recorded; `log`: takes the record of a connection whose handler has
  /// failed. All outlive it.
  flight_recorder(event_loop& loop, const settings& limits, journal& log);

  /// `from`, with a record of what passes it, which lasts as long.
  [[nodiscard]] std::unique_ptr<transport> record(std::unique_ptr<transport> from,
                                                  caf::actor_id connection, std::string peer);
  /// The record of a connection; null: there is none
  [[nodiscard]] std::shared_ptr<const flight_record> find(caf::actor_id connection) const noexcept;

  void on_request(caf::actor_id connection, const request& head, bool is_web_socket) override;
  void on_started(caf::actor_id connection) override;
  void on_delivered(caf::actor_id connection, std::string_view content,
                    delivery_kind kind) override;
  void on_called(caf::actor_id connection, std::string_view content, delivery_kind kind) override;
  void on_content_end(caf::actor_id connection) override;
  void on_acknowledged(caf::actor_id connection) override;
  void on_ignored(caf::actor_id connection) override;
  void on_cancelled(caf::actor_id connection, cancel_reason reason) override;
  void on_killed(caf::actor_id connection) override;
  void on_refused(caf::actor_id connection, refusal why) override;
  void on_ended(caf::actor_id connection, const caf::error& why, bool frees_slot) override;
  void on_failed(caf::actor_id connection, std::string_view what) override;

private:
  /// A record, and when its connection began.
  struct entry;
  class recorded_transport;

  void note(caf::actor_id connection, flight_event what, std::uint64_t octets = 0,
            std::string_view words = {}) noexcept;

  event_loop& loop_;
  const settings& limits_;
  journal& log_;
  /// Transports hold the records: whoever keeps an actor may let go of it on another thread.
  std::unordered_map<caf::actor_id, std::weak_ptr<entry>> all_;
  std::size_t most_ = 16; ///< of these, before those that are gone are forgotten
};

} // namespace sluice
