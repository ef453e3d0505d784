#include "sluice/server/options/config.hpp"

#include "sluice/server/options/option_values.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kibi = 1024;

/// What is said against the default wishes once `change` was made to them.
template <class Change>
std::string complaint_after(Change change) {
  config wishes;
  change(wishes);
  return validate(wishes);
}

/// Checks that `place` may be `most` and not one more.
template <class Place, class Value>
void check_most(std::string_view about, Place place, Value most) {
  CAPTURE(about);
  CHECK(complaint_after([&](config& wishes) { place(wishes) = most; }).empty());
  CHECK(complaint_after([&](config& wishes) { place(wishes) = most + Value{1}; }).find(about)
        != std::string::npos);
}

/// Checks that `place` may be `least` and not one less.
template <class Place, class Value>
void check_least(std::string_view about, Place place, Value least) {
  CAPTURE(about);
  CHECK(complaint_after([&](config& wishes) { place(wishes) = least; }).empty());
  CHECK(complaint_after([&](config& wishes) { place(wishes) = least - Value{1}; }).find(about)
        != std::string::npos);
}

} // namespace

TEST_CASE("the default wishes are good (config.hpp)") {
  CHECK(validate(config{}).empty());
}

TEST_CASE("each number is taken at its bound and refused past it (config.hpp)") {
  using c = config;
  check_most(
    "low-water", [](c & w) -> auto& { return w.limits.low_water; }, 256 * kibi - 1);
  check_least(
    "low-water", [](c & w) -> auto& { return w.limits.high_water; }, settings{}.low_water + 1);
  check_most(
    "output-cap", [](c & w) -> auto& { return w.limits.high_water; }, 1088 * kibi);
  check_most(
    "chunk-size", [](c & w) -> auto& { return w.limits.chunk_size; }, 16 * kibi * kibi);
  check_least(
    "look-ahead", [](c & w) -> auto& { return w.limits.look_ahead; }, std::size_t{256});
  check_most(
    "look-ahead", [](c & w) -> auto& { return w.limits.look_ahead; }, 64 * kibi);
  check_least(
    "control-reserve", [](c & w) -> auto& { return w.limits.control_reserve; }, kibi);
  check_least(
    "max-message-size", [](c & w) -> auto& { return w.limits.max_message_size; }, std::size_t{1});
  check_least(
    "output-cap", [](c & w) -> auto& { return w.limits.output_cap; }, 1025 * kibi);
  check_least(
    "target-limit", [](c & w) -> auto& { return w.limits.request.target; }, std::size_t{16});
  check_most(
    "target-limit", [](c & w) -> auto& { return w.limits.request.target; }, 32 * kibi);
  check_least(
    "field-count", [](c & w) -> auto& { return w.limits.request.field_count; }, std::size_t{1});
  check_least(
    "receive-buffer", [](c & w) -> auto& { return w.limits.receive_buffer; }, 4 * kibi);
  check_most(
    "receive-buffer", [](c & w) -> auto& { return w.limits.receive_buffer; }, kibi* kibi* kibi);
  check_least(
    "send-buffer", [](c & w) -> auto& { return w.limits.send_buffer; }, 4 * kibi);
  check_most(
    "send-buffer", [](c & w) -> auto& { return w.limits.send_buffer; }, kibi* kibi* kibi);
  check_most(
    "threads", [](c & w) -> auto& { return w.threads; }, kibi);
  check_most(
    "pool-threads", [](c & w) -> auto& { return w.pool_threads; }, kibi);
  check_least(
    "max-connections", [](c & w) -> auto& { return w.max_connections; }, std::size_t{1});
}

TEST_CASE("numbers that depend on others have their bounds there (config.hpp)") {
  // The look-ahead is a part of a chunk, a request line of its section.
  const auto chunk = [](std::size_t octets) {
    return complaint_after([&](config& wishes) {
      wishes.limits.chunk_size = octets;
      wishes.limits.look_ahead = 512;
    });
  };
  CHECK(chunk(kibi).empty());
  CHECK(chunk(kibi - 1).find("chunk-size") != std::string::npos);
  const auto section = [](std::size_t octets) {
    return complaint_after([&](config& wishes) {
      wishes.limits.request.field_section = octets;
      wishes.limits.request.target = 100;
    });
  };
  CHECK(section(256).empty());
  CHECK(section(255).find("field-section") != std::string::npos);
  // A cap that was set holds the largest message and its framing; one that was not is raised.
  const auto message = [](std::size_t octets) {
    return complaint_after([&](config& wishes) {
      wishes.limits.output_cap = 256 * kibi;
      wishes.limits.max_message_size = octets;
    });
  };
  CHECK(message(255 * kibi).empty());
  CHECK(message(255 * kibi + 1).find("max-message-size") != std::string::npos);
  CHECK(complaint_after([](config& wishes) {
          wishes.limits.high_water = 2 * kibi * kibi;
          wishes.limits.max_message_size = 4 * kibi * kibi;
        }).empty());
}

TEST_CASE("each duration is from zero to the longest (config.hpp)") {
  using c = config;
  const auto check = [](auto place) {
    check_least("duration", place, duration::zero());
    check_most("duration", place, duration{longest_duration});
  };
  check([](c & w) -> auto& { return w.drain_deadline; });
  check([](c & w) -> auto& { return w.drain_delay; });
  check([](c & w) -> auto& { return w.loop_lag; });
  check([](c & w) -> auto& { return w.limits.header_deadline; });
  check([](c & w) -> auto& { return w.limits.content_deadline; });
  check([](c & w) -> auto& { return w.limits.keep_alive; });
  check([](c & w) -> auto& { return w.limits.handler_deadline; });
  check([](c & w) -> auto& { return w.limits.write_deadline; });
  check([](c & w) -> auto& { return w.limits.linger_deadline; });
  check([](c & w) -> auto& { return w.limits.close_deadline; });
  check([](c & w) -> auto& { return w.limits.cancel_grace; });
  check([](c & w) -> auto& { return w.limits.stall_probe; });
  check_least(
    "user-timeout", [](c & w) -> auto& { return w.limits.user_timeout; }, duration::zero());
  check_most(
    "user-timeout", [](c & w) -> auto& { return w.limits.user_timeout; }, duration{9h});
}

TEST_CASE("a record has at least eight events, or none (config.hpp)") {
  check_least(
    "record", [](config & w) -> auto& { return w.limits.record_events; }, std::size_t{8});
  check_most(
    "record", [](config & w) -> auto& { return w.limits.record_events; }, std::size_t{2000});
  CHECK(complaint_after([](config& wishes) { wishes.limits.record_events = 0; }).empty());
  const auto content = [](std::size_t octets) {
    return complaint_after([&](config& wishes) {
      wishes.limits.record_events = 8;
      wishes.limits.record_content = octets;
    });
  };
  CHECK(content(256 * kibi).empty());
  CHECK(content(256 * kibi + 1).find("record-content") != std::string::npos);
}

TEST_CASE("a budget holds one connection at least (S61)") {
  const auto one = memory_bound(settings{}) + kernel_bound(settings{});
  check_least(
    "memory-budget", [](config & w) -> auto& { return w.memory_budget; },
    static_cast<std::uint64_t>(one));
  CHECK(complaint_after([](config& wishes) { wishes.memory_budget = 0; }).empty()); // none
}
