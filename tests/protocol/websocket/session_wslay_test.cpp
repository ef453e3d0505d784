#include "sluice/protocol/websocket/session.hpp"
#include "tests/protocol/websocket/wire.hpp"

#include <doctest/doctest.h>
#include <wslay/wslay.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::websocket;
using namespace sluice::websocket::wire;

// The session shows wslay the headers of data frames only. Here wslay sees whole frames, through
// its plain event API, and both must come to the same messages, answers and close codes.

namespace {

constexpr std::size_t message_limit = 3000;

struct reference {
  std::string_view unread; ///< of one frame: wslay misjudges a Close reason that comes in pieces
  std::string output;
  events seen;
};

ssize_t on_recv(wslay_event_context_ptr context, std::uint8_t* buffer, std::size_t size, int,
                void* user_data) {
  auto& unread = static_cast<reference*>(user_data)->unread;
  if (unread.empty()) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  const auto count = std::min(size, unread.size());
  std::memcpy(buffer, unread.data(), count);
  unread.remove_prefix(count);
  return static_cast<ssize_t>(count);
}

ssize_t on_send(wslay_event_context_ptr, const std::uint8_t* octets, std::size_t size, int,
                void* user_data) {
  static_cast<reference*>(user_data)->output.append(reinterpret_cast<const char*>(octets), size);
  return static_cast<ssize_t>(size);
}

void on_message(wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                void* user_data) {
  auto& seen = static_cast<reference*>(user_data)->seen;
  const std::string content(reinterpret_cast<const char*>(message->msg), message->msg_length);
  switch (message->opcode) {
    case WSLAY_TEXT_FRAME: seen.push_back("text: " + content); break;
    case WSLAY_BINARY_FRAME: seen.push_back("binary: " + content); break;
    case WSLAY_PING: seen.push_back("ping"); break;
    case WSLAY_PONG: seen.push_back("pong"); break;
    default:
      seen.push_back("close " + std::to_string(message->status_code) + ": "
                     + (content.size() > 2 ? content.substr(2) : ""));
  }
}

/// What became of a sequence of frames: its events, and all that was answered.
struct outcome {
  events seen;
  std::string output;
};

outcome by_wslay(const std::vector<std::string>& frames) {
  reference state;
  const wslay_event_callbacks callbacks{on_recv, on_send, nullptr,   nullptr,
                                        nullptr, nullptr, on_message};
  wslay_event_context_ptr context = nullptr;
  REQUIRE(wslay_event_context_server_init(&context, &callbacks, &state) == 0);
  wslay_event_config_set_max_recv_msg_length(context, message_limit);
  int result = 0;
  for (const auto& frame : frames) {
    state.unread = frame;
    result = wslay_event_recv(context);
    REQUIRE(wslay_event_send(context) == 0); // at once: a Close would overtake a Pong
    if (wslay_event_get_read_enabled(context) == 0)
      break;
  }
  if (wslay_event_get_read_enabled(context) == 0 && wslay_event_get_close_received(context) == 0)
    state.seen.push_back("error");
  if (result != 0) { // then wslay's Close has no code; RFC 6455 sec. 7.4.1 has one
    REQUIRE(state.output.ends_with(from_hex("88 00")));
    state.output.replace(state.output.size() - 2, 2, from_hex("88 02 03 ea"));
  }
  wslay_event_context_free(context);
  return {state.seen, state.output};
}

outcome by_session(const std::vector<std::string>& frames, std::size_t piece) {
  session peer{{message_limit, 0, 1000}};
  outcome result;
  std::string input;
  for (const auto& frame : frames)
    input += frame;
  for (std::string_view rest = input; !rest.empty();) {
    const auto step = peer.next(as_octets(rest.substr(0, piece)));
    rest.remove_prefix(step.consumed);
    if (step.event == session_event::error || step.event == session_event::close)
      peer.close_as_owed();
    result.output += peer.take_output();
    if (step.event == session_event::error)
      result.seen.emplace_back("error");
    else if (step.event == session_event::close)
      result.seen.push_back(
        "close " + std::to_string(peer.received_code() == 1005 ? 0 : peer.received_code()) + ": "
        + std::string{peer.received_reason()});
    else if (step.event != session_event::none)
      result.seen.push_back(describe(peer, step));
  }
  return result;
}

/// Draws frames, most of them allowed where they stand.
class frame_source {
public:
  explicit frame_source(unsigned seed) : random_{seed} {}

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::string next() {
    if (below(12) == 0)
      return violation();
    switch (below(8)) {
      case 0: return frame(0x89, content(126));
      case 1: return frame(0x8a, content(126));
      case 2: return below(4) == 0 ? closing() : data();
      default: return data();
    }
  }

private:
  std::string data() {
    const bool is_final = below(2) == 0;
    const unsigned opcode = in_message_ ? 0U : 1U + static_cast<unsigned>(below(2));
    in_message_ = !is_final;
    const std::size_t most = below(6) == 0 ? 2500 : 40;
    return frame((is_final ? 0x80U : 0U) | opcode, content(most));
  }

  std::string closing() {
    constexpr unsigned codes[] = {1000, 1001, 1011, 3000, 4999, 0,
                                  999,  1004, 1005, 1006, 1015, 2999};
    if (below(5) == 0)
      return frame(0x88, "");
    return close_frame(codes[below(std::size(codes))], content(124));
  }

  std::string violation() {
    auto whole = frame(static_cast<unsigned>(below(256)), content(126));
    if (whole[0] == '\x88' && whole.size() == 7)
      whole.pop_back(), whole[1] = '\x80'; // wslay lets a Close of one octet pass
    switch (below(4)) {
      case 0: return from_hex("81 03 61 62 63");
      case 1: return from_hex("82 fe 00 03 00 00 00 00 61 62 63");
      case 2: return from_hex("82 ff 80 00 00 00 00 00 00 03 00 00 00 00 61 62 63");
      default: return whole;
    }
  }

  /// Text of fewer than `bound` octets, now and then not quite UTF-8.
  std::string content(std::size_t bound) {
    constexpr std::string_view characters[] = {
      "a", "z", "plain ascii", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    std::string text;
    const auto size = below(bound);
    while (text.size() < size)
      text += characters[below(std::size(characters))];
    if (below(4) == 0)
      text.resize(size); // may cut a character
    if (below(40) == 0 && !text.empty())
      text[below(text.size())] = '\xff';
    while (text.size() >= bound)
      text.pop_back();
    return text;
  }

  std::mt19937 random_;
  bool in_message_ = false;
};

} // namespace

TEST_CASE("the session judges frames as wslay does (RFC 6455 sec. 5)") {
  std::size_t refused = 0;
  std::size_t messages = 0;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    frame_source source{seed};
    std::vector<std::string> frames;
    for (auto count = 1 + source.below(12); count > 0; --count)
      frames.push_back(source.next());
    const auto expected = by_wslay(frames);
    CAPTURE(seed);
    for (const std::size_t piece : {std::size_t{100000}, 1 + source.below(50)}) {
      CAPTURE(piece);
      const auto result = by_session(frames, piece);
      REQUIRE(joined(result.seen) == joined(expected.seen));
      REQUIRE(to_hex(result.output) == to_hex(expected.output));
    }
    refused += expected.seen.empty() || expected.seen.back() != "error" ? 0U : 1U;
    messages += expected.seen.size();
  }
  CHECK(refused > 400); // both sides of the judgement were drawn
  CHECK(messages > 4000);
}

TEST_CASE("every header is judged as wslay judges the frame (RFC 6455 sec. 5.2)") {
  for (const std::string_view before : {"", "01", "02", "text"}) {
    std::vector<std::string> frames;
    if (before == "01" || before == "02")
      frames.push_back(frame(before == "01" ? 0x01 : 0x02, "begun"));
    else if (before == "text")
      frames = {frame(0x01, "begun"), frame(0x89, ""), frame(0x00, "on"), frame(0x80, "ended")};
    for (unsigned first = 0; first < 0x100; ++first) {
      for (const bool is_masked : {true, false}) {
        auto all = frames;
        all.push_back(is_masked ? frame(first, "\x03\xe8")
                                : std::string{static_cast<char>(first), '\x02', '\x03', '\x68'});
        all.push_back(frame(0x80, "last"));
        all.push_back(frame(0x82, "next"));
        const auto expected = by_wslay(all);
        CAPTURE(before);
        CAPTURE(first);
        CAPTURE(is_masked);
        for (const std::size_t piece : {100000U, 1U}) {
          const auto result = by_session(all, piece);
          REQUIRE(joined(result.seen) == joined(expected.seen));
          REQUIRE(to_hex(result.output) == to_hex(expected.output));
        }
      }
    }
  }
}
