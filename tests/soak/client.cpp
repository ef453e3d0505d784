#include "tests/soak/client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sluice::soak {

namespace {

/// No deadline of the server is longer than two seconds: what has not ended by then hangs.
constexpr auto patience = std::chrono::seconds{30};
/// Half of the shortest deadline that a calm exchange has to meet, the one of the header section.
constexpr auto longest_calm_rest = std::chrono::milliseconds{250};

bool would_block() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

client_connection::client_connection(std::uint64_t seed, std::uint16_t port, tally& counts)
  : scenario_{draw(seed)},
    counts_{counts},
    witness_{scenario_},
    started_{clock::now()},
    descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)},
    last_received_{started_},
    last_step_{started_} {
  counts_.cells[cell_of(scenario_)].fetch_add(1);
  counts_.twists[static_cast<std::size_t>(scenario_.oddity)].fetch_add(1);
  if (scenario_.leaves == parting::window_full) {
    const int small = 4096;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor_ < 0
      || (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0
          && errno != EINPROGRESS))
    close(false); // out of ports for a moment: not the server's affair
}

client_connection::~client_connection() {
  close(true);
}

void client_connection::close(bool abruptly) {
  state_ = state::done;
  if (descriptor_ < 0)
    return;
  const linger at_once{1, 0};
  if (abruptly)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(descriptor_);
  descriptor_ = -1;
}

bool client_connection::is_reading() const noexcept {
  if (state_ == state::draining)
    return true;
  return state_ == state::talking && scenario_.leaves != parting::window_full;
}

// The end of what may be sent before more has come back.
std::size_t client_connection::open_until() const {
  if (!can_send_ || witness_.is_over())
    return sent_;
  for (const auto& next : scenario_.gates) {
    const auto is_open = [&] {
      switch (next.waits_for) {
        case gate::kind::responses: return witness_.responses() >= next.count;
        case gate::kind::interim: return witness_.interims() > 0;
        case gate::kind::upgrade: return witness_.is_upgraded();
        case gate::kind::messages: return witness_.messages() >= next.count;
      }
      return true;
    };
    // Who does not read can't wait for an answer.
    if (scenario_.leaves != parting::window_full && !is_open())
      return std::min(next.position, scenario_.cut);
  }
  return scenario_.cut;
}

short client_connection::interest(clock::time_point now) const {
  if (state_ == state::connecting)
    return POLLOUT;
  short events = 0;
  if (is_reading())
    events |= POLLIN;
  const auto may_send = state_ == state::talking
                        || (state_ == state::holding && scenario_.leaves == parting::window_full);
  if (may_send && sent_ < open_until() && now >= next_send_)
    events |= POLLOUT;
  return events;
}

void client_connection::step(short events, clock::time_point now) {
  longest_rest_ = std::max(longest_rest_, now - last_step_);
  last_step_ = now;
  if (state_ == state::connecting && (events & (POLLOUT | POLLERR | POLLHUP)) != 0) {
    state_ = state::talking;
    held_until_ = now + scenario_.hold;
  }
  // Octets that came before the end, or before a reset, are read first.
  if (is_reading() && (events & (POLLIN | POLLERR | POLLHUP)) != 0)
    receive_some();
  if ((state_ == state::talking || state_ == state::holding) && (events & POLLOUT) != 0)
    send_some(now);
  if (state_ == state::talking)
    part_if_due(now);
  if (state_ != state::done)
    look_at_clock(now);
}

void client_connection::send_some(clock::time_point now) {
  const auto end = std::min(open_until(), sent_ + std::max<std::size_t>(1, scenario_.most_at_once));
  if (sent_ >= end)
    return;
  const auto count = ::send(descriptor_, scenario_.octets.data() + sent_, end - sent_,
                            MSG_NOSIGNAL);
  if (count > 0) {
    sent_ += static_cast<std::size_t>(count);
  } else if (!would_block()) {
    can_send_ = false;                // what it said before it closed is still to be read
    was_reset_ = errno == ECONNRESET; // the kernel says it once
  }
  next_send_ = now + scenario_.pause;
}

void client_connection::receive_some() {
  std::array<char, 65536> buffer{};
  const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count > 0) {
    const auto before = witness_.messages();
    witness_.take({buffer.data(), static_cast<std::size_t>(count)}, sent_);
    counts_.messages.fetch_add(witness_.messages() - before);
    last_received_ = clock::now();
  } else if (count == 0) {
    on_end(was_reset_);
  } else if (!would_block()) {
    on_end(true);
  }
}

void client_connection::on_end(bool was_reset) {
  if (was_reset)
    counts_.resets.fetch_add(1);
  witness_.end(was_reset);
  ending_ = was_reset ? "a reset" : "a clean end";
  judge_end();
  close(false);
}

void client_connection::part_if_due(clock::time_point now) {
  if (scenario_.leaves == parting::polite) {
    const auto is_said = !scenario_.is_web_socket && sent_ >= scenario_.cut
                         && witness_.responses() >= scenario_.expected.size();
    if (!is_said)
      return; // the end is the server's affair
    judge_end();
    return close(false);
  }
  if (scenario_.leaves == parting::window_full) {
    if (now >= held_until_)
      part(now);
    return;
  }
  // Gates that can't open any more, or a server that has closed: it leaves from where it is.
  const auto is_sent = sent_ >= scenario_.cut || !can_send_ || witness_.is_over();
  const auto is_due = scenario_.when != moment::mid_response ? is_sent
                                                             : is_sent && witness_.has_begun();
  if (is_due)
    part(now);
}

void client_connection::part(clock::time_point now) {
  switch (scenario_.leaves) {
    case parting::half_close:
      ::shutdown(descriptor_, SHUT_WR);
      can_send_ = false;
      state_ = state::draining;
      return;
    case parting::reset: judge_end(); return close(true);
    case parting::vanish:
      held_until_ = now + scenario_.hold;
      state_ = state::holding;
      return;
    case parting::window_full:
      if (!scenario_.drains)
        return close(false);
      can_send_ = false;
      state_ = state::draining;
      return;
    case parting::fin:
    case parting::polite: judge_end(); return close(false);
  }
}

void client_connection::look_at_clock(clock::time_point now) {
  if (state_ == state::holding && now >= held_until_) {
    judge_end();
    return close(true);
  }
  if (now < started_ + patience)
    return;
  // A WebSocket may be silent for as long as both like it.
  const auto may_last = scenario_.is_web_socket && scenario_.leaves == parting::window_full;
  if (!may_last && state_ != state::connecting && !counts_.had_fault_since(started_))
    complain(counts_, scenario_,
             "nothing has ended it; sent " + std::to_string(sent_) + ", responses "
               + std::to_string(witness_.responses()) + ", messages "
               + std::to_string(witness_.messages()) + ", close code "
               + std::to_string(witness_.close_code()));
  close(true);
}

// The server has closed a connection that it had reason to think idle.
bool client_connection::was_idle() const {
  return !ending_.empty() && witness_.is_between_responses()
         && clock::now() - last_received_ >= keep_alive;
}

// The machine has not let this process run, and the server could take it for a slow client.
bool client_connection::was_starved() const {
  return std::max(longest_rest_, clock::now() - last_step_) >= longest_calm_rest;
}

// The connection is over, whoever ended it.
void client_connection::judge_end() {
  counts_.responses.fetch_add(witness_.responses());
  counts_.upgrades.fetch_add(witness_.is_upgraded() ? 1 : 0);
  counts_.closes.fetch_add(witness_.close_code() != 0 ? 1 : 0);
  if (!witness_.complaint().empty())
    return complain(counts_, scenario_, witness_.complaint());
  const auto is_calm = scenario_.is_web_socket
                         ? scenario_.is_calm
                         : std::all_of(scenario_.expected.begin(), scenario_.expected.end(),
                                       [](const auto& one) { return one.is_calm; });
  if (!is_calm || scenario_.leaves != parting::polite)
    return;
  auto spoilt = witness_.spoilt();
  const auto is_whole = scenario_.is_web_socket
                          ? witness_.close_code() != 0
                              && witness_.messages() == scenario_.echoes.size()
                          : witness_.responses() == scenario_.expected.size()
                              || (witness_.is_over() && witness_.responses() > 0);
  if (spoilt.empty() && !is_whole)
    spoilt = "it ended early, by " + (ending_.empty() ? "us" : ending_) + ": "
             + std::to_string(witness_.responses()) + " responses, "
             + std::to_string(witness_.messages()) + " messages, " + std::to_string(sent_)
             + " octets sent, after "
             + std::to_string(
               std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - started_)
                 .count())
             + " ms";
  if (spoilt.empty())
    counts_.calm.fetch_add(1);
  else if (witness_.was_turned_away() || counts_.had_fault_since(started_) || was_idle()
           || was_starved())
    counts_.excused.fetch_add(1);
  else
    complain(counts_, scenario_, "a calm exchange was spoilt: " + spoilt);
}

int run_client(std::uint16_t port, std::uint64_t seed, std::uint64_t only, std::size_t at_once,
               tally& counts) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  generator seeds{seed};
  std::vector<std::unique_ptr<client_connection>> all;
  std::vector<pollfd> polled;
  constexpr std::size_t new_at_once = 2; // drawing one takes its time, and others wait for theirs
  while (!counts.stopping.load()) {
    for (std::size_t added = 0; all.size() < at_once && added < new_at_once; ++added)
      all.push_back(std::make_unique<client_connection>(only != 0 ? only : seeds(), port, counts));
    auto now = clock::now();
    polled.clear();
    for (const auto& one : all) {
      // Who wants nothing is deaf: poll would report a hang-up again and again.
      const auto events = one->interest(now);
      polled.push_back({events == 0 ? -1 : one->descriptor(), events, 0});
    }
    if (::poll(polled.data(), polled.size(), 5) < 0 && errno != EINTR)
      return 1;
    now = clock::now();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (!all[i]->is_done())
        all[i]->step(polled[i].revents, now);
    std::erase_if(all, [](const auto& one) { return one->is_done(); });
  }
  return 0;
}

} // namespace sluice::soak
