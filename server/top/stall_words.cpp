#include "sluice/server/top/stall_words.hpp"

#include "sluice/server/top/figures.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

using meaning = std::pair<std::string_view, std::string_view>;

constexpr std::array<meaning, 9> reasons{{
  {"header", "header unfinished"},
  {"content", "no content comes"},
  {"keep_alive", "no next request"},
  {"handler", "handler not done"},
  {"write", "output not taken"},
  {"linger", "client not closed"},
  {"close_handshake", "no Close in answer"},
  {"stall_probe", "handler not done"},
  {"close_answer", "handler not ended"},
}};

constexpr std::array<meaning, 8> awaited_things{{
  {"content", "content"},
  {"message", "a message"},
  {"sent", "output to leave"},
  {"time", "a delay"},
  {"reply", "a reply"},
  {"inbox", "its inbox"},
  {"stop", "the stop"},
  {"something", "something"},
}};

/// In plain words, or as it came: a later server may know more.
template <std::size_t Count>
std::string meaning_of(const std::string& name, const std::array<meaning, Count>& known) {
  for (const auto& [each, words] : known)
    if (each == name)
      return std::string{words};
  auto words = name;
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string asks(const pictured_target& whom) {
  auto words = "asks " + (whom.name ? *whom.name : "actor " + std::to_string(whom.actor));
  if (whom.waiting > 1)
    words += ", as " + std::to_string(whom.waiting) + " do";
  return words;
}

std::string works(const std::string& placement) {
  if (placement == "on_loop") // what runs on a loop is never seen at work
    return "waits for its turn";
  if (placement == "pooled")
    return "works or waits for its turn";
  return "works";
}

std::string doing_of(const pictured_handler& which) {
  if (which.asked)
    return asks(*which.asked);
  if (!which.waits_for)
    return "behavior";
  if (which.waits_for->empty())
    return works(which.placement);
  std::string all;
  for (const auto& each : *which.waits_for)
    all += (all.empty() ? "awaits " : " or ") + meaning_of(each, awaited_things);
  return all;
}

} // namespace

std::string why_it_waits(const pictured_stall& which) {
  if (which.reason)
    return meaning_of(*which.reason, reasons);
  return which.phase == "open" ? "-" : which.phase;
}

std::string what_handler_does(const pictured_stall& which) {
  std::string words;
  if (which.handler) {
    const auto& handler = *which.handler;
    if (handler.state != "running")
      words = handler.state + ", ";
    words += doing_of(handler);
  }
  if (which.detached_handlers > 0)
    words += (words.empty() ? "" : ", ") + std::to_string(which.detached_handlers) + " detached";
  return words.empty() ? "-" : words;
}

std::string what_holds_up(const pictured_loop& which) {
  constexpr double busy_after = 0.25;
  const auto is_busy = which.busy_seconds > busy_after;
  if (which.has_answered && !is_busy)
    return {};
  auto sentence = "event loop " + std::to_string(which.number);
  if (is_busy) {
    sentence += " has been held up for " + spoken_seconds(which.busy_seconds);
    if (which.runs)
      sentence += " by the handler of " + *which.runs;
  } else {
    sentence += " did not answer";
  }
  if (!which.has_answered)
    sentence += which.connections == 1
                  ? "; its connection is not listed"
                  : "; its " + format_count(which.connections, "connection") + " are not listed";
  return sentence;
}

} // namespace sluice
