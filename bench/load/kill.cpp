#include "bench/load/drive.hpp"
#include "bench/load/frames.hpp"
#include "bench/load/modes.hpp"
#include "bench/load/upload_client.hpp"
#include "bench/load/web_socket_client.hpp"

#include <algorithm>
#include <limits>

// First some clients die one by one, each when the handler of the one before has ended: that makes
// the quantiles. Then all the others die together.

namespace bench {
namespace {

// Until every client stalls, or has sent what it sends: so long, and longer for each client.
constexpr std::chrono::milliseconds settling{2000};
constexpr std::chrono::milliseconds settling_each{2};
constexpr std::size_t one_by_one = 20;
// The longest that a handler is waited for.
constexpr std::chrono::seconds patience{10};
// Between two questions to the server.
constexpr std::chrono::milliseconds asking_interval{1};

/// The clock of both sides: /ended tells the time by it.
std::chrono::nanoseconds time_of_day() {
  return std::chrono::system_clock::now().time_since_epoch();
}

/// What all dying clients send: an opening, and pieces until `limit` octets of them have left.
struct push_script {
  std::string opening;
  std::string piece;
  std::uint64_t limit;
};

push_script make_push(const options& wishes) {
  constexpr std::string_view slow = "/slow-sink?rate=65536";
  push_script made;
  made.limit = wishes.sent > 0 ? wishes.sent : std::numeric_limits<std::uint64_t>::max();
  if (wishes.is_web_socket) {
    made.opening = handshake_request(wishes.target.empty() ? slow : wishes.target);
    made.piece = masked_frame(payload_of(wishes.size), wishes.is_text);
  } else {
    auto upload = make_upload(wishes, slow);
    made.opening = std::move(upload.head);
    made.piece = std::move(upload.piece);
  }
  return made;
}

/// Pushes until it is killed. `Base` sends the opening.
template <class Base>
class pushing_client : public Base {
public:
  template <class... Arguments>
  explicit pushing_client(const push_script& script, Arguments&&... arguments)
    : Base{std::forward<Arguments>(arguments)...}, script_{script} {}

  void die() {
    if (this->result().wishes().way == death::reset)
      this->reset();
    else
      this->close();
  }

protected:
  void push() {
    const auto size = std::min<std::uint64_t>(script_.piece.size(), script_.limit - pushed_);
    pushed_ += size;
    if (size > 0)
      this->send(std::string_view{script_.piece}.substr(0, size));
  }

private:
  const push_script& script_;
  std::uint64_t pushed_ = 0;
};

class pushing_upload final : public pushing_client<client> {
public:
  pushing_upload(poller& events, measurement& result, const push_script& script)
    : pushing_client{script, events, result}, opening_{script.opening} {}

private:
  void on_open() override { send(opening_); }
  void on_sent() override { push(); }
  void on_octets(std::string_view) override { result().refuse("an answer before the end"); }

  std::string_view opening_;
};

class pushing_web_socket final : public pushing_client<web_socket_client> {
public:
  pushing_web_socket(poller& events, measurement& result, const push_script& script)
    : pushing_client{script, events, result, script.opening} {}

private:
  void on_accepted() override {
    is_accepted_ = true;
    push();
  }
  void on_sent() override {
    if (is_accepted_)
      push();
  }
  void on_frames(std::string_view) override {} // a Ping

  bool is_accepted_ = false;
};

/// Asks the server how many handlers have ended because their client died.
class ended_client final : public client {
public:
  using client::client;

  void ask() {
    is_answered_ = false;
    scanner_.next();
    if (is_open())
      send(request_);
    else
      open();
  }

  [[nodiscard]] bool is_answered() const noexcept { return is_answered_; }
  [[nodiscard]] std::uint64_t ended() const noexcept { return ended_; }
  /// When the last of them did.
  [[nodiscard]] std::chrono::nanoseconds last() const noexcept { return last_; }

private:
  void on_open() override { send(request_); }

  void on_octets(std::string_view octets) override {
    scanner_.feed(octets);
    if (!scanner_.is_complete())
      return;
    const auto answer = nlohmann::json::parse(scanner_.content(), nullptr, false);
    if (scanner_.status() != 200 || !answer.is_object())
      return fail("GET /ended was answered wrongly");
    ended_ = answer.value("ended", std::uint64_t{0});
    last_ = std::chrono::nanoseconds{answer.value("last_ns", std::int64_t{0})};
    is_answered_ = true;
  }

  const std::string request_ = "GET /ended HTTP/1.1\r\nHost: localhost\r\n\r\n";
  response_scanner scanner_;
  bool is_answered_ = false;
  std::uint64_t ended_ = 0;
  std::chrono::nanoseconds last_{0};
};

void wait_until(poller& events, clock::time_point moment) {
  for (auto now = clock::now(); now < moment; now = clock::now())
    events.wait(std::min<std::chrono::milliseconds>(
      tick, std::chrono::ceil<std::chrono::milliseconds>(moment - now)));
}

// Asks until `count` handlers have ended, or patience has.
bool wait_for_ends(poller& events, ended_client& observer, std::uint64_t count) {
  const auto deadline = clock::now() + patience;
  while (clock::now() < deadline) {
    observer.ask();
    while (!observer.is_answered() && observer.is_open() && clock::now() < deadline)
      events.wait(asking_interval);
    if (!observer.is_open())
      return false;
    if (observer.is_answered() && observer.ended() >= count)
      return true;
    wait_until(events, clock::now() + asking_interval);
  }
  return false;
}

template <class Client>
nlohmann::ordered_json kill_all(const options& wishes) {
  poller events;
  measurement result{wishes};
  const auto script = make_push(wishes);
  ended_client observer{events, result};
  std::vector<std::unique_ptr<Client>> clients;
  result.begin();
  for (std::size_t i = 0; i < wishes.clients; ++i) {
    clients.push_back(std::make_unique<Client>(events, result, script));
    clients.back()->open();
  }
  wait_until(events, clock::now() + settling + settling_each * wishes.clients);

  histogram delays;
  auto is_going_on = wait_for_ends(events, observer, 0);
  const auto before = observer.ended();
  auto killed = std::size_t{0};
  const auto deadline = clock::now() + wishes.length;
  while (is_going_on && killed < std::min(one_by_one, (clients.size() + 1) / 2)
         && clock::now() < deadline) {
    const auto died = time_of_day();
    clients[killed++]->die();
    is_going_on = wait_for_ends(events, observer, before + killed);
    if (is_going_on)
      delays.add(observer.last() - died);
  }
  const auto died = time_of_day();
  for (auto i = killed; i < clients.size(); ++i)
    clients[i]->die();
  const auto others = clients.size() - killed;
  const auto have_ended = wait_for_ends(events, observer, before + clients.size());
  result.finish();

  auto report = result.report();
  report["cancelled_one_by_one"] = delays.count();
  report["cancel_latency_us"] = quantiles(delays);
  report["cancelled_together"] = others;
  report["last_of_all_us"] = nullptr;
  if (have_ended)
    report["last_of_all_us"] = std::chrono::duration<double, std::micro>{observer.last() - died}
                                 .count();
  report["never_ended"] = before + clients.size()
                          - std::min(before + clients.size(), observer.ended());
  return report;
}

} // namespace

nlohmann::ordered_json run_kill(const options& wishes) {
  return wishes.is_web_socket ? kill_all<pushing_web_socket>(wishes)
                              : kill_all<pushing_upload>(wishes);
}

} // namespace bench
