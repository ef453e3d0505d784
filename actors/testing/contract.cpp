#include "sluice/actors/testing/contract.hpp"

#include "sluice/actors/testing/simulation.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace sluice::testing {

namespace {

constexpr auto most_silence = 180; ///< seconds: past every default deadline
constexpr auto pause = std::chrono::milliseconds{50};

/// One run of the subject: a service, a client, and what goes wrong.
class scene {
public:
  scene(const dispatcher& routes, const contract_subject& subject, contract_report& report,
        std::string what)
    : subject_{subject},
      report_{report},
      what_{std::move(what)},
      service_{routes, {subject.limits, 0}},
      others_{service_.actors_alive()},
      client_{service_.connect()} {
    ++report.played;
  }

  [[nodiscard]] scripted_client& client() noexcept { return client_; }
  [[nodiscard]] simulation& service() noexcept { return service_; }

  void begin() {
    if (subject_.is_web_socket)
      client_.open_web_socket(subject_.target, subject_.fields);
    else if (subject_.pieces.empty())
      client_.send_request(subject_.method, subject_.target, {}, subject_.fields);
    else
      client_.begin_request(subject_.method, subject_.target, subject_.fields);
  }
  void send_piece(const std::string& piece) {
    if (subject_.is_web_socket)
      client_.send_text(piece);
    else
      client_.send_chunk(piece);
  }
  void finish() {
    if (subject_.is_web_socket)
      client_.send_close();
    else if (!subject_.pieces.empty())
      client_.end_chunks();
  }
  void send_everything() {
    begin();
    for (const auto& piece : subject_.pieces)
      send_piece(piece);
    finish();
  }

  /// Data that the handler has done with, in time or too late.
  [[nodiscard]] std::size_t taken() const {
    return client_.handler().acknowledged + client_.handler().ignored;
  }
  [[nodiscard]] bool is_told_to_end() const { return client_.handler().cancelled.has_value(); }

  void settle() { service_.advance(subject_.patience); }

  /// What holds at the end of a scene in which the client did its part.
  void judge_whole() {
    judge_sends();
    if (!subject_.is_web_socket)
      judge_response();
    else if (!client_.close_code())
      complain("the WebSocket was not closed");
    else if (client_.close_code() == 1011 || client_.close_code() == 1013)
      complain("the WebSocket was closed with " + std::to_string(*client_.close_code())
               + reported());
    judge_end();
  }

  /// What holds once nobody waits for the handler any more. `acknowledged`: what it had taken when
  /// the client left.
  void judge_cancelled(std::size_t acknowledged) {
    judge_sends();
    const auto& handler = client_.handler();
    if (handler.was_killed)
      complain("the handler outlived its grace period of "
               + std::to_string(
                 std::chrono::duration_cast<std::chrono::milliseconds>(subject_.limits.cancel_grace)
                   .count())
               + " ms and was killed");
    if (is_told_to_end() && taken() > acknowledged)
      complain("the handler handled data after it was cancelled");
    judge_end();
  }

private:
  void complain(const std::string& how) { report_.broken.push_back(what_ + ": " + how); }

  [[nodiscard]] std::string reported() const {
    return service_.reports().empty() ? std::string{} : " (" + service_.reports().back() + ')';
  }

  void judge_response() {
    const auto responses = client_.responses();
    const auto& handler = client_.handler();
    if (responses.empty() || !responses.back().is_complete) {
      if (!handler.is_alive())
        complain("the response was never finished" + reported());
      else if (handler.is_stalled || client_.unread_by_server() > 0)
        complain("content was left unread without an answer");
      else
        complain("the handler has not answered within the patience of the check");
      return;
    }
    if (responses.back().status == 500 || responses.back().status == 503)
      complain("the answer is " + std::to_string(responses.back().status) + reported());
  }

  void judge_sends() {
    const auto& refused = client_.handler().refused;
    if (std::find(refused.begin(), refused.end(), refusal::output_full) != refused.end())
      complain("the handler sends without waiting: it was over the cap of unsent output");
    for (const auto why : refused)
      if (why != refusal::output_full)
        return complain("what the handler sent was refused: " + std::string{to_string(why)});
  }

  void judge_end() {
    if (service_.handlers_alive() > 0)
      complain("the handler has not ended");
    else if (const auto left = service_.actors_alive(); left > others_)
      complain(std::to_string(left - others_) + " actors that the handler spawned are left");
  }

  const contract_subject& subject_;
  contract_report& report_;
  const std::string what_;
  simulation service_;
  const std::size_t others_; ///< actors of the application
  scripted_client& client_;
};

struct departure {
  const char* name;
  void (scripted_client::*act)();
};
constexpr departure departures[] = {
  {"resets the connection", &scripted_client::reset},
  {"closes", &scripted_client::close},
  {"shuts down its side", &scripted_client::shutdown_write},
};

class check {
public:
  check(const dispatcher& routes, const contract_subject& subject)
    : routes_{routes}, subject_{subject} {}

  contract_report run() {
    play_whole();
    for (const auto& how : departures)
      for (std::size_t step = 0; step <= subject_.pieces.size(); ++step)
        play_departure(how, step);
    play_silence();
    play_unread();
    play_stop();
    return std::move(report_);
  }

private:
  [[nodiscard]] std::string at(std::size_t step) const {
    const auto all = std::to_string(subject_.pieces.size());
    return step == 0 ? "behind the head" : "behind piece " + std::to_string(step) + " of " + all;
  }

  void play_whole() {
    {
      scene all{routes_, subject_, report_, "a client that sends everything at once"};
      all.send_everything();
      all.settle();
      all.judge_whole();
    }
    scene slow{routes_, subject_, report_, "a client that sends piece by piece"};
    slow.begin();
    for (const auto& piece : subject_.pieces) {
      slow.service().advance(pause);
      slow.send_piece(piece);
    }
    slow.service().advance(pause);
    slow.finish();
    slow.settle();
    slow.judge_whole();
  }

  void play_departure(const departure& how, std::size_t step) {
    // Once the handler waits for more, and once in the middle of its work.
    for (const auto at_work : {false, true}) {
      scene left{routes_, subject_, report_,
                 std::string{"a client that "} + how.name + ' ' + at(step)
                   + (at_work ? ", while the handler works" : "")};
      left.begin();
      left.service().run();
      for (std::size_t i = 0; i < step; ++i) {
        left.send_piece(subject_.pieces[i]);
        if (!at_work || i + 1 < step)
          left.service().run();
      }
      (left.client().*how.act)();
      while (!left.is_told_to_end() && left.service().step()) {}
      const auto taken = left.taken();
      left.settle();
      left.judge_cancelled(taken);
    }
  }

  // A WebSocket may be silent for as long as it likes.
  void play_silence() {
    for (std::size_t step = 0; step <= subject_.pieces.size() && !subject_.is_web_socket; ++step) {
      scene silent{routes_, subject_, report_, "a client that falls silent " + at(step)};
      silent.begin();
      for (std::size_t i = 0; i < step; ++i)
        silent.send_piece(subject_.pieces[i]);
      silent.service().run();
      silent.client().vanish();
      for (auto waited = 0; waited < most_silence && !silent.is_told_to_end(); ++waited)
        silent.service().advance(std::chrono::seconds{1});
      if (!silent.is_told_to_end())
        continue; // it had answered, or its route waits for ever
      const auto taken = silent.taken();
      silent.settle();
      silent.judge_cancelled(taken);
    }
  }

  void play_unread() {
    scene deaf{routes_, subject_, report_, "a client that does not read"};
    deaf.client().stop_reading();
    deaf.send_everything();
    deaf.service().run();
    deaf.client().read_on();
    deaf.settle();
    deaf.judge_whole();

    scene gone{routes_, subject_, report_, "a client that does not read and resets the connection"};
    gone.client().stop_reading();
    gone.send_everything();
    gone.service().run();
    const auto taken = gone.taken();
    gone.client().reset();
    gone.settle();
    gone.judge_cancelled(taken);
  }

  void play_stop() {
    scene stopped{routes_, subject_, report_, "a server that stops in the middle"};
    stopped.begin();
    stopped.service().run();
    stopped.service().stop();
    stopped.service().run();
    const auto taken = stopped.client().handler().acknowledged;
    for (const auto& piece : subject_.pieces)
      stopped.send_piece(piece);
    stopped.finish();
    stopped.settle();
    if (!subject_.is_web_socket)
      return stopped.judge_whole();
    stopped.judge_cancelled(taken);
  }

  const dispatcher& routes_;
  const contract_subject& subject_;
  contract_report report_;
};

} // namespace

std::string contract_report::text() const {
  std::string all = std::to_string(played) + " scenes played, " + std::to_string(broken.size())
                    + " things broken";
  for (const auto& each : broken)
    all += "\n- " + each;
  return all;
}

contract_report check_contract(const dispatcher& routes, const contract_subject& subject) {
  return check{routes, subject}.run();
}

} // namespace sluice::testing
