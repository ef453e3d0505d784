#include "bench/load/upload_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace bench {
namespace {

constexpr std::uint64_t piece_size = 256 * 1024;

std::string hexadecimal(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return {digits.data(), end};
}

} // namespace

upload_script make_upload(const options& wishes, std::string_view standard) {
  upload_script made;
  made.head = "POST ";
  made.head += wishes.target.empty() ? standard : wishes.target;
  made.head += " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n";
  if (wishes.chunk == 0) {
    const auto size = std::clamp<std::uint64_t>(wishes.octets, 1, piece_size);
    made.content = wishes.octets;
    made.piece.assign(size, 'x');
    made.pieces = wishes.octets / size;
    made.last.assign(wishes.octets % size, 'x');
    made.head += "Content-Length: " + std::to_string(wishes.octets) + "\r\n\r\n";
  } else {
    made.pieces = wishes.octets / wishes.chunk;
    made.content = made.pieces * wishes.chunk;
    made.piece = hexadecimal(wishes.chunk) + "\r\n" + std::string(wishes.chunk, 'x') + "\r\n";
    made.last = "0\r\n\r\n";
    made.head += "Transfer-Encoding: chunked\r\n\r\n";
  }
  return made;
}

upload_client::upload_client(poller& events, measurement& result, const upload_script& script)
  : client{events, result}, script_{script} {}

void upload_client::on_open() {
  begin();
}

void upload_client::begin() {
  scanner_.next();
  pieces_left_ = script_.pieces;
  state_ = state::body;
  began_at_ = clock::now();
  send(script_.head);
}

void upload_client::on_sending(std::size_t octets) {
  result().count_octets(octets);
}

void upload_client::on_sent() {
  if (state_ == state::body && pieces_left_ > 0) {
    --pieces_left_;
    send(script_.piece);
  } else if (state_ == state::body && !script_.last.empty()) {
    state_ = state::last;
    send(script_.last);
  } else {
    state_ = state::sent;
    end_if_over();
  }
}

void upload_client::on_octets(std::string_view octets) {
  octets.remove_prefix(scanner_.feed(octets));
  if (scanner_.is_broken() || !octets.empty())
    return fail("not an answer to an upload");
  end_if_over();
}

void upload_client::end_if_over() {
  // A server may answer before it has read everything; the rest is sent all the same.
  if (state_ != state::sent || !scanner_.is_complete())
    return;
  const auto is_right = scanner_.status() == 200
                        && (!result().wishes().is_counted
                            || scanner_.content() == std::to_string(script_.content));
  if (!is_right)
    result().refuse("an upload was answered " + std::to_string(scanner_.status()) + ' '
                    + scanner_.content());
  result().count_operation(clock::now() - began_at_);
  begin();
}

} // namespace bench
