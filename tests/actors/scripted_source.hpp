#pragma once

#include "sluice/actors/net/transport.hpp"
#include "sluice/protocol/octets.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

namespace sluice::testing {

/// A transport whose reads are written down, one result each; nothing can be written to it. Past
/// the last it is dry.
class scripted_source final : public transport {
public:
  struct step {
    std::string brings;
    next then = next::more;
    int error = 0;
  };

  explicit scripted_source(std::deque<step> steps) : steps_{std::move(steps)} {}

  int watch(event_loop&, io_handler&) override { return 0; }
  void unwatch(event_loop&, io_handler&) noexcept override {}
  result read(std::span<std::byte> buffer) noexcept override {
    ++reads;
    asked = buffer.size();
    if (steps_.empty())
      return {};
    auto& first = steps_.front();
    const auto count = std::min(first.brings.size(), buffer.size());
    if (count > 0)
      std::memcpy(buffer.data(), first.brings.data(), count);
    if (count < first.brings.size()) {
      first.brings.erase(0, count);
      return {count, next::more};
    }
    const result now{count, first.then, first.error};
    if (first.then == next::end || first.then == next::failed)
      first.brings.clear(); // said again
    else
      steps_.pop_front();
    return now;
  }
  result write(std::span<const iovec>) noexcept override { return {}; }
  known can_bring(std::size_t octets) const noexcept override {
    if (!shows)
      return known::unknown;
    return all().size() >= octets ? known::yes : known::no;
  }
  bool can_look() const noexcept override { return shows; }
  std::vector<std::byte> look(std::size_t most) const override {
    const auto text = shows ? all() : std::string{};
    const auto shown = as_octets(std::string_view{text}.substr(0, most));
    return {shown.begin(), shown.end()};
  }
  int take_error() noexcept override { return 0; }
  next shutdown_write() noexcept override { return next::more; }
  void close() noexcept override {}
  void abort() noexcept override {}

  bool shows = true; ///< what has come can be looked at
  int reads = 0;
  std::size_t asked = 0; ///< octets, by the last read

private:
  [[nodiscard]] std::string all() const {
    std::string text;
    for (const auto& each : steps_)
      text += each.brings;
    return text;
  }

  std::deque<step> steps_;
};

} // namespace sluice::testing
