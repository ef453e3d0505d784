#include "sluice/actors/testing/replay.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace sluice::testing {

namespace {

/// A request as a record without content names it: "POST /path chunked".
struct recorded_request {
  std::string_view method;
  std::string_view path;
  std::string_view kind; ///< "", "chunked" or "websocket"
};

recorded_request parse_request(std::string_view words) noexcept {
  const auto first = std::min(words.find(' '), words.size());
  const auto path = words.substr(std::min(first + 1, words.size()));
  const auto second = std::min(path.find(' '), path.size());
  return {words.substr(0, first), path.substr(0, second),
          path.substr(std::min(second + 1, path.size()))};
}

} // namespace

flight_record load_record(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty())
    throw std::runtime_error{"can't read the record " + path + ": " + std::strerror(errno)};
  return flight_record::parse(text.str());
}

struct replay::parts {
  parts(flight_record&& given, const dispatcher& routes, const simulation_options& how)
    : what{std::move(given)}, service{routes, how}, client{service.connect()} {
    const auto& all = what.entries();
    for (const auto& each : all)
      times_full_left += each.what == flight_event::network_full ? 1 : 0;
    if (times_full_left > 0)
      client.stop_reading();
    if (!all.empty())
      now = all.front().at; // what came before was forgotten: a connection that begins here
  }

  void play(std::size_t place) {
    const auto& next = what.entries()[place];
    service.advance(std::max(next.at - now, duration::zero()));
    now = std::max(now, next.at);
    switch (next.what) {
      case flight_event::received: return what.has_content() ? send_as_it_was(place) : void();
      case flight_event::request: return begin(next);
      case flight_event::chunk:
      case flight_event::text:
      case flight_event::binary:
      case flight_event::content_end: return what.has_content() ? void() : make_up(next);
      case flight_event::left_out: return pass_over(next.octets);
      case flight_event::peer_end: return client.shutdown_write();
      case flight_event::cancelled: return leave(next.words);
      case flight_event::network_full: --times_full_left; return;
      case flight_event::sent: return take();
      default: return; // what the server did, which it does again
    }
  }

  void send_as_it_was(std::size_t place) {
    const auto& next = what.entries()[place];
    client.send(next.content);
    const auto missing = next.octets - next.content.size();
    if (missing == 0)
      return;
    // Of the octets that brought a head only content may be missing.
    if (next.content.find("\r\n\r\n") != std::string::npos)
      for (auto head = place; head < what.entries().size(); ++head)
        if (what.entries()[head].what == flight_event::request) {
          note_framing(what.entries()[head]);
          break;
        }
    pass_over(missing);
  }

  void note_framing(const flight_entry& request) {
    const auto kind = parse_request(request.words).kind;
    is_chunked = kind == "chunked";
    is_web_socket = kind == "websocket";
    content_left = is_chunked || is_web_socket ? 0 : request.octets;
    has_framing = true;
  }

  void begin(const flight_entry& next) {
    if (!what.has_content()) // of the one before, if nobody wanted it
      end_content();
    note_framing(next);
    if (what.has_content())
      return;
    const auto [method, path, kind] = parse_request(next.words);
    if (is_web_socket)
      return client.open_web_socket(path);
    std::string head{method};
    head.append(" ").append(path).append(" HTTP/1.1\r\nHost: replay\r\n");
    if (is_chunked)
      head += "Transfer-Encoding: chunked\r\n";
    else if (next.octets > 0)
      head += "Content-Length: " + std::to_string(next.octets) + "\r\n";
    client.send(head + "\r\n");
  }

  void end_content() {
    if (is_chunked)
      client.end_chunks();
    else
      send_content(content_left);
    is_chunked = false;
  }

  void send_content(std::uint64_t octets) {
    client.send(std::string(octets, 'x'));
    content_left -= std::min(content_left, octets);
  }

  /// What brings the handler the same.
  void make_up(const flight_entry& next) {
    const auto is_end = next.what == flight_event::content_end;
    if (is_web_socket && is_end)
      client.send_close();
    else if (is_web_socket && next.what == flight_event::binary)
      client.send_binary(std::string(next.octets, 'x'));
    else if (is_web_socket)
      client.send_text(std::string(next.octets, 'x'));
    else if (is_end)
      end_content();
    else if (is_chunked)
      client.send_chunk(std::string(next.octets, 'x'));
    else
      send_content(next.octets);
  }

  /// Octets that are not in the record, and of which only those of content can be made up.
  void pass_over(std::uint64_t octets) {
    if (octets == 0)
      return;
    if (!has_framing || is_chunked || is_web_socket)
      throw std::runtime_error{"the record lacks " + std::to_string(octets)
                               + " octets with framing among them, which can't be made up: have "
                                 "more kept (--record, --record-content)"};
    send_content(octets);
  }

  void leave(std::string_view why) {
    if (why == "peer_closed") {
      client.shutdown_write();
    } else if (why == "peer_reset") {
      client.reset();
    } else if (why == "peer_vanished") {
      client.vanish();
      client.time_out();
    }
    service.run();
  }

  /// What has arrived; and from then on all, if the network was never full again.
  void take() {
    client.read_on();
    if (times_full_left > 0)
      client.stop_reading();
  }

  const flight_record what;
  simulation service;
  scripted_client& client;
  duration now{};
  bool has_framing = false; ///< the request is known, and with it what follows
  bool is_chunked = false;
  bool is_web_socket = false;
  std::uint64_t content_left = 0;     ///< of a request with a length
  std::ptrdiff_t times_full_left = 0; ///< how often the network will be full
};

replay::replay(flight_record what, const dispatcher& routes, const simulation_options& how)
  : parts_{std::make_unique<parts>(std::move(what), routes, how)} {}

replay::~replay() = default;

void replay::run() {
  for (std::size_t place = 0; place < parts_->what.entries().size(); ++place)
    parts_->play(place);
  parts_->service.run();
}

simulation& replay::service() noexcept {
  return parts_->service;
}

scripted_client& replay::client() noexcept {
  return parts_->client;
}

std::string replay::failure() const {
  const auto& all = parts_->client.handler().failures;
  return all.empty() ? std::string{} : all.front().substr(0, flight_record::most_words);
}

std::string replay::recorded_failure() const {
  for (const auto& each : parts_->what.entries())
    if (each.what == flight_event::failed)
      return each.words;
  return {};
}

} // namespace sluice::testing
