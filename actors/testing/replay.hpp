#pragma once

#include "sluice/actors/observe/flight_record.hpp"
#include "sluice/actors/testing/simulation.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluice {
class dispatcher;
} // namespace sluice

namespace sluice::testing {

/// Reads the file that a server has written (--record-directory). Throws std::runtime_error, with a
/// sentence, if it can't be read or is no record.
[[nodiscard]] flight_record load_record(const std::string& path);

/// Plays a client as a server has recorded it, with the same octets or as many, at the same times of
/// a driven clock. Handlers, deadlines and what is read when are the real ones; so is what goes
/// wrong, if it is of these.
///
///     replay again{load_record("night.record"), routes};
///     again.run();
///     CHECK(again.failure() == again.recorded_failure());
///
/// Of a record without content the requests are made up: their method, path, framing and sizes are
/// the recorded ones, query, fields and content are not. What a client took is played as whether
/// the network had room.
class replay {
public:
  /// `routes` outlives it. `how`: the settings of the server, for the same deadlines and limits.
  replay(flight_record what, const dispatcher& routes, const simulation_options& how = {});
  ~replay();

  /// Plays all of it, once. Throws std::runtime_error, with a sentence, where octets are not in the
  /// record that can't be made up.
  void run();

  /// The service it is played to, to go on with; and its client.
  [[nodiscard]] simulation& service() noexcept;
  [[nodiscard]] scripted_client& client() noexcept;
  /// How the application's code has failed first, here and in the record; empty: it has not.
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] std::string recorded_failure() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace sluice::testing
