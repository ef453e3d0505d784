#include "sluice/actors/testing/scripted_client.hpp"

#include "sluice/actors/testing/internal/replies.hpp"
#include "sluice/actors/testing/internal/scripted_stream.hpp"

#include <stdexcept>
#include <utility>

namespace sluice::testing {

namespace {

std::string head_of(method which, std::string_view target, const fields& head) {
  std::string made{to_string(which)};
  made.append(" ").append(target).append(" HTTP/1.1\r\n");
  if (!head.contains("Host"))
    made += "Host: test\r\n";
  for (const auto line : head)
    made.append(line.name).append(": ").append(line.value).append("\r\n");
  return made;
}

} // namespace

scripted_client::scripted_client(std::shared_ptr<scripted_stream> stream) noexcept
  : stream_{std::move(stream)} {}

// -- HTTP ---------------------------------------------------------------------------

void scripted_client::send_request(method which, std::string_view target, std::string_view content,
                                   const fields& head) {
  to_head_.push_back(which == method::head);
  auto whole = head_of(which, target, head);
  if (!content.empty())
    whole += "Content-Length: " + std::to_string(content.size()) + "\r\n";
  send(whole.append("\r\n").append(content));
}

void scripted_client::get(std::string_view target, const fields& head) {
  send_request(method::get, target, {}, head);
}

void scripted_client::begin_request(method which, std::string_view target, const fields& head) {
  to_head_.push_back(which == method::head);
  send(head_of(which, target, head) + "Transfer-Encoding: chunked\r\n\r\n");
}

void scripted_client::send_chunk(std::string_view content) {
  if (content.empty())
    return; // would be the end
  std::string size;
  for (auto rest = content.size(); rest > 0; rest /= 16)
    size.insert(size.begin(), "0123456789abcdef"[rest % 16]);
  send(size.append("\r\n").append(content).append("\r\n"));
}

void scripted_client::end_chunks() {
  send("0\r\n\r\n");
}

std::vector<received_response> scripted_client::responses() const {
  return read_responses(seen().received, to_head_, seen().saw_end);
}

received_response scripted_client::response() const {
  auto all = responses();
  if (all.empty())
    throw std::logic_error{"the client has no response"};
  return std::move(all.back());
}

// -- WebSocket ------------------------------------------------------------------------

void scripted_client::open_web_socket(std::string_view target, const fields& head) {
  auto all = head;
  all.add("Upgrade", "websocket")
    .add("Connection", "Upgrade")
    .add("Sec-WebSocket-Version", "13")
    .add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  get(target, all);
}

void scripted_client::send_frame(unsigned opcode, std::string_view payload) {
  send(client_frame(opcode, payload));
}

void scripted_client::send_text(std::string_view text) {
  send_frame(0x1, text);
}

void scripted_client::send_binary(std::string_view octets) {
  send_frame(0x2, octets);
}

void scripted_client::ping(std::string_view content) {
  send_frame(0x9, content);
}

void scripted_client::send_close(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
  send_frame(0x8, payload.append(reason));
}

namespace {

/// What follows the head of the 101; nothing while it has not come.
std::string_view behind_upgrade(std::string_view received) noexcept {
  const auto start = received.find("HTTP/1.1 101 ");
  const auto end = received.find("\r\n\r\n", start);
  return start == std::string_view::npos || end == std::string_view::npos
           ? std::string_view{}
           : received.substr(end + 4);
}

} // namespace

std::vector<received_message> scripted_client::messages() const {
  return read_frames(behind_upgrade(seen().received)).messages;
}

std::vector<std::string> scripted_client::pongs() const {
  return read_frames(behind_upgrade(seen().received)).pongs;
}

std::optional<std::uint16_t> scripted_client::close_code() const {
  return read_frames(behind_upgrade(seen().received)).close_code;
}

// -- the stream -----------------------------------------------------------------------

void scripted_client::send(std::string_view octets) {
  stream_->send(octets);
}

void scripted_client::shutdown_write() {
  stream_->shutdown_write();
}

void scripted_client::close() {
  stream_->close();
}

void scripted_client::reset() {
  stream_->reset();
}

void scripted_client::vanish() {
  stream_->vanish();
}

void scripted_client::time_out() {
  stream_->time_out();
}

void scripted_client::stop_reading() {
  stream_->stop_reading();
}

void scripted_client::read_on() {
  stream_->read_on();
}

const peer_view& scripted_client::seen() const noexcept {
  return stream_->seen();
}

std::size_t scripted_client::unread_by_server() const noexcept {
  return stream_->readable();
}

std::size_t scripted_client::peeked_by_server() const noexcept {
  return stream_->peeked();
}

} // namespace sluice::testing
