#include "sluice/protocol/websocket/internal/judge.hpp"

#include "sluice/protocol/errc.hpp"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

// wslay 1.1.1, as trying it shows, needs care in six places:
// - wslay_event_recv returns 0 after most violations and only stops reading.
// - What its frame layer refuses (a fragmented or too long control frame) it answers with a Close
//   without a code: its refusals are never sent, the session writes the Close.
// - A queued Close overtakes a queued Pong: the queue is drained after every frame.
// - It skips two octets of a Close reason per read when it checks UTF-8: a control frame is offered
//   whole.
// - It takes a Close of one octet for an empty one: refused here.
// - It does not know the close codes 1012 to 1014: it is shown 1000 in their place.

namespace sluice::websocket::internal {

struct exchange {
  octet_view header;             ///< what wslay reads: first this,
  octet_view payload;            ///< then this
  std::string* output = nullptr; ///< what wslay writes; null: dropped
  std::uint16_t close_code = 0;
  std::string close_reason;
  bool lacks_memory = false; ///< for one of these
};

namespace {

constexpr std::size_t code_size = 2;

exchange& frame_of(void* user_data) noexcept {
  return **static_cast<exchange**>(user_data);
}

ssize_t on_recv(wslay_event_context_ptr context, std::uint8_t* buffer, std::size_t size, int,
                void* user_data) noexcept {
  auto& frame = frame_of(user_data);
  auto& source = frame.header.empty() ? frame.payload : frame.header;
  if (source.empty()) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  const auto count = std::min(size, source.size());
  std::memcpy(buffer, source.data(), count);
  source = source.subspan(count);
  return static_cast<ssize_t>(count);
}

ssize_t on_send(wslay_event_context_ptr, const std::uint8_t* octets, std::size_t size, int,
                void* user_data) noexcept {
  auto& frame = frame_of(user_data);
  try {
    if (frame.output != nullptr)
      frame.output->append(reinterpret_cast<const char*>(octets), size);
  } catch (const std::bad_alloc&) {
    frame.lacks_memory = true; // nothing is thrown through C
  }
  return static_cast<ssize_t>(size);
}

void on_message(wslay_event_context_ptr context, const wslay_event_on_msg_recv_arg* message,
                void* user_data) noexcept {
  if (message->opcode != WSLAY_CONNECTION_CLOSE)
    return;
  auto& frame = frame_of(user_data);
  frame.close_code = wslay_event_get_status_code_received(context);
  try {
    if (message->msg_length > code_size)
      frame.close_reason.assign(reinterpret_cast<const char*>(message->msg) + code_size,
                                message->msg_length - code_size);
  } catch (const std::bad_alloc&) {
    frame.lacks_memory = true;
  }
}

constexpr wslay_event_callbacks callbacks{
  .recv_callback = on_recv,
  .send_callback = on_send,
  .genmask_callback = nullptr, // a server masks nothing
  .on_frame_recv_start_callback = nullptr,
  .on_frame_recv_chunk_callback = nullptr,
  .on_frame_recv_end_callback = nullptr,
  .on_msg_recv_callback = on_message,
};

std::array<std::byte, code_size> octets_of(std::uint16_t code) noexcept {
  return {static_cast<std::byte>(code >> 8U), static_cast<std::byte>(code)};
}

/// The code of a Close; 0 when it carries none.
std::uint16_t code_of(const frame_header& header, octet_view payload) noexcept {
  if (payload.size() < code_size)
    return 0;
  std::array<std::byte, code_size> code{};
  unmask(payload.first(code_size), code.data(), header.masking_key(), 0);
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(code[0]) << 8U
                                    | std::to_integer<unsigned>(code[1]));
}

/// Registered after RFC 6455: service restart, try again later, bad gateway.
bool is_unknown_to_wslay(std::uint16_t code) noexcept {
  return code >= 1012 && code <= 1014;
}

} // namespace

void judge::context_free::operator()(wslay_event_context* context) const noexcept {
  wslay_event_context_free(context);
}

// wslay's verdicts on the headers of data frames. A data frame without payload data changes nothing
// in wslay but whether a message is open, and nothing else of its past bears on the next one: so
// what it says of a header depends on FIN, RSV, opcode, the mask bit and that alone. Every such
// question is put to a fresh context, 512 in all, and the answers serve all connections. To ask
// anew for every frame would cost several times the rest of a small message.
class judge::verdicts {
public:
  verdicts();

  [[nodiscard]] bool allow(std::byte first, bool is_masked, bool in_message) const noexcept {
    return allowed_[place(first, is_masked, in_message)];
  }

private:
  [[nodiscard]] static std::size_t place(std::byte first, bool is_masked,
                                         bool in_message) noexcept {
    return std::to_integer<std::size_t>(first) | (is_masked ? 0x100U : 0U)
           | (in_message ? 0x200U : 0U);
  }
  [[nodiscard]] static bool ask(std::byte first, bool is_masked, bool in_message);

  std::array<bool, 0x400> allowed_{};
};

judge::verdicts::verdicts() {
  for (unsigned first = 0; first < 0x100; ++first) {
    if ((first & 0x08U) != 0)
      continue; // a control frame
    for (const bool is_masked : {false, true})
      for (const bool in_message : {false, true})
        allowed_[place(std::byte{static_cast<unsigned char>(first)}, is_masked, in_message)] = ask(
          std::byte{static_cast<unsigned char>(first)}, is_masked, in_message);
  }
}

bool judge::verdicts::ask(std::byte first, bool is_masked, bool in_message) {
  // Frames without payload data; the masking key of zeros is as good as any.
  constexpr std::array opening{std::byte{0x01}, std::byte{0x80}, std::byte{},
                               std::byte{},     std::byte{},     std::byte{}};
  const std::array asked{first,       is_masked ? std::byte{0x80} : std::byte{},
                         std::byte{}, std::byte{},
                         std::byte{}, std::byte{}};
  judge fresh;
  if (in_message) {
    exchange before;
    before.header = opening;
    if (fresh.feed(before))
      return false;
  }
  exchange frame;
  frame.header = octet_view{asked}.first(is_masked ? 6 : 2);
  const auto error = fresh.feed(frame);
  assert(!error || error == errc::frame_protocol_error);
  return !error;
}

judge::judge() noexcept = default;
judge::~judge() = default;

void judge::open() {
  wslay_event_context_ptr context = nullptr;
  if (wslay_event_context_server_init(&context, &callbacks, static_cast<void*>(&current_)) != 0)
    throw std::bad_alloc{};
  context_.reset(context);
}

std::error_code judge::feed(exchange& frame) {
  if (!context_)
    open();
  current_ = &frame;
  const auto result = wslay_event_recv(context_.get());
  if (result == WSLAY_ERR_NOMEM)
    throw std::bad_alloc{};
  const bool refused = result != 0
                       || (wslay_event_get_read_enabled(context_.get()) == 0
                           && wslay_event_get_close_received(context_.get()) == 0);
  if (refused)
    frame.output = nullptr;
  if (wslay_event_send(context_.get()) == WSLAY_ERR_NOMEM || frame.lacks_memory)
    throw std::bad_alloc{};
  current_ = nullptr;
  if (!refused)
    return {};
  const auto code = wslay_event_get_status_code_sent(context_.get());
  return code == WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA ? errc::invalid_utf8
                                                       : errc::frame_protocol_error;
}

bool judge::allows_data_frame(const frame_header& header, rsv1 compression) {
  static const verdicts known;
  auto first = header.view()[0];
  // RSV1 is hidden where it is allowed (RFC 7692 sec. 6), so wslay refuses it everywhere else.
  if (compression == rsv1::allowed && header.opcode() != opcode::continuation)
    first &= ~frame_header::rsv1_bit;
  if (!known.allow(first, header.is_masked(), in_message_))
    return false;
  in_message_ = !header.is_final();
  return true;
}

judge::ruling judge::control_frame(const frame_header& header, octet_view payload,
                                   std::string* output) {
  const bool is_close = header.opcode() == opcode::close;
  if (is_close && payload.size() == 1)
    return {errc::frame_protocol_error, 0, {}};

  exchange frame;
  frame.header = header.view();
  frame.payload = payload;
  frame.output = is_close ? nullptr : output; // the session writes every Close

  const auto code = is_close ? code_of(header, payload) : std::uint16_t{0};
  if (!is_unknown_to_wslay(code)) {
    const auto error = feed(frame);
    return {error, frame.close_code, std::move(frame.close_reason)};
  }

  std::array<std::byte, max_control_payload> stand_in{};
  std::copy(payload.begin(), payload.end(), stand_in.begin());
  unmask(octets_of(WSLAY_CODE_NORMAL_CLOSURE), stand_in.data(), header.masking_key(), 0);
  frame.payload = octet_view{stand_in}.first(payload.size());
  const auto error = feed(frame);
  return {error, code, std::move(frame.close_reason)};
}

} // namespace sluice::websocket::internal
