#include "bench/peers/floor/connection.hpp"

#include "bench/peers/ended.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <utility>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::size_t slow_piece = 64 * 1024;

ended_handlers ended;
std::array<char, 256 * 1024> buffer;
const std::string download_piece(256 * 1024, 'x');

// Connections whose handler pauses, by the end of the pause. They are few, and rarely removed.
std::deque<std::pair<steady::time_point, connection*>> paused;

// The number behind `name` in `head`, or `otherwise`.
std::uint64_t number_behind(std::string_view head, std::string_view name,
                            std::uint64_t otherwise) noexcept {
  const auto at = head.find(name);
  if (at != std::string_view::npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), otherwise);
  return otherwise;
}

} // namespace

connection::~connection() {
  if (is_slow_)
    ended.add();
  std::erase_if(paused, [this](const auto& entry) { return entry.second == this; });
  ::close(socket_);
}

bool connection::on_events(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0 && (events & EPOLLIN) == 0)
    return false;
  if ((events & EPOLLOUT) != 0 && !flush())
    return false;
  return (events & EPOLLIN) == 0 || receive();
}

int connection::resume_due(steady::time_point now) {
  while (!paused.empty() && paused.front().first <= now) {
    auto* const one = paused.front().second;
    paused.pop_front();
    one->watch(EPOLLIN);
  }
  if (paused.empty())
    return -1;
  return static_cast<int>(
    std::chrono::ceil<std::chrono::milliseconds>(paused.front().first - now).count());
}

bool connection::receive() {
  const auto size = recv(socket_, buffer.data(), is_slow_ ? slow_piece : buffer.size(), 0);
  if (size <= 0)
    return size < 0 && errno == EAGAIN;
  feed({buffer.data(), static_cast<std::size_t>(size)});
  if (is_slow_)
    pause(static_cast<std::size_t>(size));
  if (!flush())
    return false;
  return !closes_ || !unsent_.empty();
}

void connection::feed(std::string_view octets) {
  std::string joined;
  if (!kept_.empty()) {
    joined = std::exchange(kept_, {});
    joined += octets;
    octets = joined;
  }
  while (!octets.empty()) {
    std::size_t taken = 0;
    switch (state_) {
      case state::head: taken = feed_head(octets); break;
      case state::content:
      case state::chunk: taken = feed_content(octets); break;
      case state::chunk_size: taken = feed_chunk_size(octets); break;
      case state::web_socket: taken = is_sink_ ? octets.size() : feed_frame(octets); break;
    }
    if (taken == 0) {
      kept_ = octets;
      return;
    }
    octets.remove_prefix(taken);
  }
}

std::size_t connection::feed_head(std::string_view octets) {
  const auto end = octets.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return 0;
  begin(octets.substr(0, end + 4));
  return end + 4;
}

void connection::begin(std::string_view head) {
  if (head.starts_with("GET /plaintext ")) {
    closes_ = head.find("Connection: close") != std::string_view::npos;
    answer("Hello, World!");
  } else if (head.starts_with("GET /download")) {
    download_left_ = number_behind(head, "octets=", 0);
    unsent_ += "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(download_left_) + "\r\n\r\n";
  } else if (head.starts_with("GET /ended")) {
    answer(ended.json());
  } else if (head.starts_with("POST ")) {
    begin_content(head);
  } else {
    is_slow_ = is_sink_ = head.starts_with("GET /slow-sink");
    rate_ = number_behind(head, "rate=", slow_rate);
    state_ = state::web_socket;
    // The load generator always has the same key.
    unsent_ += "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  }
}

void connection::begin_content(std::string_view head) {
  is_slow_ = head.starts_with("POST /slow-sink");
  rate_ = number_behind(head, "rate=", slow_rate);
  total_ = 0;
  left_ = number_behind(head, "Content-Length: ", 0);
  if (left_ > 0)
    state_ = state::content;
  else if (head.find("chunked") != std::string_view::npos)
    state_ = state::chunk_size;
  else
    end_content();
}

std::size_t connection::feed_content(std::string_view octets) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(octets.size(), left_));
  left_ -= size;
  total_ += size;
  if (left_ == 0) {
    if (state_ == state::content)
      end_content();
    else
      state_ = state::chunk_size;
  }
  return size;
}

// A line with a size, behind the line end of the chunk before. The last chunk has no trailers.
std::size_t connection::feed_chunk_size(std::string_view octets) {
  const auto skipped = octets.starts_with("\r\n") ? 2u : 0u;
  const auto end = octets.find("\r\n", skipped);
  if (end == std::string_view::npos)
    return 0;
  std::from_chars(octets.data() + skipped, octets.data() + end, left_, 16);
  if (left_ > 0) {
    state_ = state::chunk;
    return end + 2;
  }
  if (octets.size() < end + 4)
    return 0;
  end_content();
  return end + 4;
}

void connection::end_content() {
  is_slow_ = false;
  state_ = state::head;
  answer(std::to_string(total_));
}

// A final frame that is masked, and below 64 KiB: that is all the load generator sends to /echo.
std::size_t connection::feed_frame(std::string_view octets) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(octets[i]); };
  if (octets.size() < 8)
    return 0;
  std::size_t size = at(1) & 0x7fu;
  std::size_t head = 2;
  if (size == 126) {
    size = std::size_t{at(2)} << 8 | at(3);
    head = 4;
  }
  if (octets.size() < head + 4 + size)
    return 0;
  std::uint32_t mask = 0;
  std::memcpy(&mask, octets.data() + head, sizeof mask);
  const auto wide_mask = std::uint64_t{mask} << 32 | mask;
  unsent_ += octets[0];
  unsent_ += static_cast<char>(at(1) & 0x7f);
  unsent_ += octets.substr(2, head - 2);
  const auto first = unsent_.size();
  unsent_ += octets.substr(head + 4, size);
  auto* const content = unsent_.data() + first;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, content + i, sizeof word);
    word ^= wide_mask;
    std::memcpy(content + i, &word, sizeof word);
  }
  for (; i < size; ++i)
    content[i] = static_cast<char>(content[i] ^ octets[head + i % 4]);
  return head + 4 + size;
}

void connection::answer(std::string_view content) {
  unsent_ += "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ";
  unsent_ += std::to_string(content.size());
  unsent_ += "\r\n\r\n";
  unsent_ += content;
}

bool connection::flush() {
  while (!unsent_.empty() || download_left_ > 0) {
    const auto from_download = unsent_.empty();
    const auto next = from_download ? std::string_view{download_piece}.substr(
                        0, static_cast<std::size_t>(download_left_))
                                    : std::string_view{unsent_};
    const auto sent = send(socket_, next.data(), next.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN)
        return false;
      // Who does not take the answers is not read from either.
      watch(EPOLLOUT);
      return true;
    }
    if (from_download)
      download_left_ -= static_cast<std::uint64_t>(sent);
    else
      unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  if (watched_ == EPOLLOUT)
    watch(EPOLLIN);
  return true;
}

void connection::pause(std::size_t octets) {
  const auto end = steady::now() + pause_behind(octets, rate_);
  const auto behind = std::upper_bound(
    paused.begin(), paused.end(), end,
    [](steady::time_point moment, const auto& entry) { return moment < entry.first; });
  paused.emplace(behind, end, this);
  watch(EPOLLRDHUP);
}

void connection::watch(std::uint32_t events) {
  if (events == watched_)
    return;
  watched_ = events;
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  epoll_ctl(set_, EPOLL_CTL_MOD, socket_, &event);
}

} // namespace bench
