#include "bench/load/drive.hpp"
#include "bench/load/frames.hpp"
#include "bench/load/modes.hpp"
#include "bench/load/web_socket_client.hpp"

#include <thread>

namespace bench {
namespace {

// Clients that connect or ask at the same time: fewer than any server's backlog holds.
constexpr std::size_t crowd = 64;
// What a server may take to do what it does behind an answer.
constexpr std::chrono::seconds rest{1};
constexpr std::chrono::seconds patience{60};

/// A client that asks when it is told to, and is idle between.
template <class Base>
class idle_client : public Base {
public:
  using Base::Base;

  /// @pre the client is at rest, or was just made
  void ask() {
    is_at_rest_ = false;
    if (this->is_open())
      send_question();
    else
      this->open();
  }

  /// Whether the last question was answered, or never will be.
  [[nodiscard]] bool is_at_rest() const noexcept { return is_at_rest_; }

protected:
  virtual void send_question() = 0;

  void on_end() override {
    Base::on_end();
    come_to_rest();
  }

  void come_to_rest() noexcept { is_at_rest_ = true; }

  void judge(bool is_right) {
    if (!is_right) {
      this->result().refuse("an idle connection was answered wrongly");
      this->reset();
    }
    come_to_rest();
  }

private:
  bool is_at_rest_ = false;
};

class idle_http_client final : public idle_client<client> {
public:
  idle_http_client(poller& events, measurement& result)
    : idle_client{events, result}, request_{get_request(result.wishes(), "/plaintext")} {}

private:
  void on_open() override { send_question(); }

  void send_question() override {
    scanner_.next();
    send(request_);
  }

  void on_octets(std::string_view octets) override {
    scanner_.feed(octets);
    if (scanner_.is_complete() || scanner_.is_broken())
      judge(scanner_.status() == 200);
  }

  const std::string request_;
  response_scanner scanner_;
};

/// What all idle WebSockets send.
struct idle_script {
  explicit idle_script(const options& wishes)
    : handshake{handshake_request(wishes.target.empty() ? "/echo" : wishes.target)},
      payload{payload_of(wishes.size)},
      frame{masked_frame(payload, wishes.is_text)} {}

  const std::string handshake;
  const std::string payload;
  const std::string frame;
};

class idle_web_socket final : public idle_client<web_socket_client> {
public:
  idle_web_socket(poller& events, measurement& result, const idle_script& script)
    : idle_client{events, result, script.handshake},
      frame_{script.frame},
      scanner_{script.payload} {}

private:
  void on_accepted() override { send_question(); }

  void send_question() override { send(frame_); }

  void on_frames(std::string_view octets) override {
    scanner_.feed(octets);
    if (scanner_.is_broken())
      judge(false);
    else if (scanner_.take_message())
      judge(true);
  }

  std::string_view frame_;
  frame_scanner scanner_;
};

// Has every client ask once, some at a time. Returns false if that lasted too long.
template <class Clients>
bool ask_all(poller& events, const Clients& clients) {
  const auto deadline = clock::now() + patience;
  std::size_t begun = 0;
  for (std::size_t first = 0; first < clients.size();) {
    while (begun < clients.size() && begun < first + crowd)
      clients[begun++]->ask();
    events.wait(tick);
    while (first < begun && clients[first]->is_at_rest())
      ++first;
    if (clock::now() > deadline)
      return false;
  }
  return true;
}

template <class Client, class... Arguments>
nlohmann::ordered_json hold(const options& wishes, const Arguments&... arguments) {
  poller events;
  measurement result{wishes};
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < wishes.clients; ++i)
    clients.push_back(std::make_unique<Client>(events, result, arguments...));

  result.begin();
  const auto before = result.server().memory();
  if (!ask_all(events, clients))
    result.fail("not all connections were answered in time");
  std::this_thread::sleep_for(rest);
  const auto opened = result.server().memory();
  const auto busy = result.server().cpu_time();
  std::this_thread::sleep_for(wishes.length);
  const auto idle_time = result.server().cpu_time() - busy;
  const auto held = result.server().memory();
  if (!ask_all(events, clients)) // that they are still there
    result.fail("not all connections answered again");
  result.finish();

  const auto each = [&](std::uint64_t after) {
    return (static_cast<double>(after) - static_cast<double>(before))
           / static_cast<double>(wishes.clients);
  };
  auto report = result.report();
  report["octets_per_connection"] = each(held);
  report["octets_per_connection_at_first"] = each(opened);
  report["idle_cpu_seconds"] = std::chrono::duration<double>{idle_time}.count();
  for (const auto& one : clients)
    one->reset();
  return report;
}

} // namespace

nlohmann::ordered_json run_idle(const options& wishes) {
  if (wishes.is_web_socket)
    return hold<idle_web_socket>(wishes, idle_script{wishes});
  return hold<idle_http_client>(wishes);
}

} // namespace bench
