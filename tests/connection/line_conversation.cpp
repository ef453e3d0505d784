#include "tests/connection/line_conversation.hpp"

#include "sluice/actors/loop/event_loop.hpp"

#include <algorithm>
#include <utility>

namespace sluice::testing {

class line_conversation::lane final : public response_sink {
  line_conversation& all_;
  const std::string name_;

public:
  lane(line_conversation& all, std::string name) : all_{all}, name_{std::move(name)} {}

  std::error_code send_whole(response&& whole) override {
    say(std::to_string(code_of(whole.status)) + ' ' + whole.content);
    return {};
  }
  std::error_code send_head(status code, const fields&, std::optional<std::uint64_t>) override {
    say("head " + std::to_string(code_of(code)));
    return {};
  }
  bool takes_content() const override { return true; }
  std::error_code send_content(octets content) override {
    say("data " + std::string{content.text()});
    return {};
  }
  std::error_code send_end(const fields&) override {
    say("end");
    return {};
  }
  void send_interim(interim) override { say("interim"); }
  void on_complete() override {}
  void answer_when_sent(asker to) override { all_.on_.out().answer_when_sent(std::move(to)); }
  void hold() override { all_.on_.hold_output(); }
  void refuse_rest() override { takes_more_ = false; }
  void end_request() override { is_gone_ = true; }
  void give_up(cancel_reason) override {
    say("reset");
    is_gone_ = true;
  }
  void judge_end_anew() override {}
  bool has_unread() const override { return !waiting_.empty(); }
  void upgrade(const endpoint&, request&) override {}
  const std::string& peer() const override { return all_.on_.peer(); }
  std::uint64_t octets_queued() const override { return sent_; }
  std::uint64_t octets_sent() const override { return sent_; }

  /// Passes on what the exchange wants of what waits with it.
  void pass_on() {
    while (!waiting_.empty() && exchange.wanted()) {
      const auto text = std::exchange(waiting_.front(), {});
      waiting_.pop_front();
      if (takes_more_)
        exchange.on_content(as_octets(text), all_.on_.in());
      exchange.deliver();
    }
    if (waiting_.empty() && is_complete_ && !exchange.is_complete()) {
      exchange.on_end({});
      exchange.deliver();
    }
  }
  void add(std::string_view text) { waiting_.emplace_back(text); }
  void complete() { is_complete_ = true; }
  [[nodiscard]] bool is_over() const { return is_gone_ || exchange.is_over(); }

  accounts clocks;
  http_exchange exchange{all_.on_.shared(), all_.on_.streams(), clocks, *this};

private:
  void say(const std::string& words) {
    const auto line = name_ + ' ' + words + '\n';
    sent_ += line.size();
    all_.on_.out().push(line);
  }

  std::deque<std::string> waiting_; ///< content that the exchange does not want yet
  std::uint64_t sent_ = 0;          ///< octets
  bool is_complete_ = false;
  bool takes_more_ = true;
  bool is_gone_ = false;
};

line_conversation::line_conversation(connection& on) : on_{on} {}

line_conversation::~line_conversation() = default;

std::unique_ptr<conversation> line_conversation::make(connection& on) {
  return std::make_unique<line_conversation>(on);
}

void line_conversation::consume() {
  auto& in = on_.in();
  while (!is_over_) {
    const auto all = as_text(in.peek());
    const auto end = all.find('\n');
    if (end == std::string_view::npos)
      return;
    const std::string line{all.substr(0, end)};
    in.used(end + 1);
    take(line);
  }
}

void line_conversation::take(std::string_view line) {
  const auto word = [&] {
    const auto end = std::min(line.find(' '), line.size());
    const std::string first{line.substr(0, end)};
    line.remove_prefix(std::min(end + 1, line.size()));
    return first;
  };
  const auto what = word();
  const auto name = word();
  if (what == "open") {
    auto& made = lanes_[name] = std::make_unique<lane>(*this, name);
    request head;
    head.method = method::post;
    head.target = line;
    head.path = line;
    head.chunked = true;
    return made->exchange.begin(std::move(head));
  }
  const auto found = lanes_.find(name);
  if (found == lanes_.end())
    return;
  auto& one = *found->second;
  if (what == "data")
    one.add(line);
  else if (what == "end")
    one.complete();
  else
    one.exchange.on_truncated();
  one.pass_on();
}

void line_conversation::go_on() {
  for (auto& [name, one] : lanes_)
    one->pass_on();
  // Who was cancelled stays until its handler has ended.
  std::erase_if(lanes_, [&](const auto& each) { return each.second->exchange.is_over(); });
}

time_point line_conversation::settle(time_point now, bool is_writing) {
  auto first = time_point::max();
  for (auto& [name, one] : lanes_) {
    std::optional<wait> next;
    if (is_writing)
      next = wait::write;
    else if (!one->is_over())
      next = one->exchange.awaited();
    one->clocks.settle(
      next, now, [&](wait which) { return one->exchange.terms_of(which); },
      [](wait) { return nullptr; });
    first = std::min(first, one->clocks.next());
  }
  return first;
}

void line_conversation::on_due(time_point now) {
  for (auto& [name, one] : lanes_)
    while (const auto expired = one->clocks.take_expired(now))
      one->exchange.on_deadline(*expired);
}

void line_conversation::on_gone(cancel_reason reason) {
  is_over_ = true;
  for (auto& [name, one] : lanes_)
    one->exchange.on_gone(reason);
}

} // namespace sluice::testing
