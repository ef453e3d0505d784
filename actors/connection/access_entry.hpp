#pragma once

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/protocol/http/trace.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

class journal;
struct endpoint;
struct request;

/// Collects what the log says of one request or WebSocket.
struct access_entry {
  /// What is known of a head that has gone to its handler.
  struct head_facts {
    std::string_view method;
    std::string_view protocol;
    std::string target;
    std::string user_agent;
    std::uint64_t sent_before = 0; ///< the connection's sent_total when it began
    time_point began{};
  };

  std::uint64_t number = 0; ///< the request's
  const endpoint* matched = nullptr;
  std::uint64_t received = 0; ///< octets of content, or payload data
  std::uint16_t status = 0;
  std::unique_ptr<const request_trace> given; ///< null: it has the names that its number gives
  std::unique_ptr<head_facts> head;           ///< null: nobody wants an access line

  /// Takes down what others call `from`. @pre its peer is trusted
  void take_names(const request& from);
  /// Takes down what the access log says of `from`.
  void begin(const request& from, std::uint64_t sent_total, time_point now);
  /// The same of one whose head is not complete.
  void begin_incomplete(std::uint64_t sent_total, time_point now);
  /// Takes down the path, by which a failure is told where no route matched.
  void keep_target(const request& from);
  [[nodiscard]] request_trace trace() const;
  /// Does nothing unless it has begun.
  void write(journal& log, std::string_view peer, std::uint64_t sent_total, time_point now,
             std::string_view outcome) const;
  /// Reports that the handler has failed.
  void report_failure(journal& log, std::string_view what) const;

private:
  [[nodiscard]] head_facts& facts();
};

} // namespace sluice
