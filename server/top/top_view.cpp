#include "sluice/server/top/top_view.hpp"

#include "sluice/server/top/figures.hpp"
#include "sluice/server/top/terminal_text.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

/// What a server gives at most.
constexpr std::size_t most_asked = 1000;
constexpr std::size_t longest_route = 1024;
/// A shorter time between two pictures says little about rates.
constexpr double shortest_span = 0.05;

constexpr auto
  help = "q quit, t o by time or octets, c h n who is waited for, i idle ones, / route, "
         "space pause, arrows scroll";
constexpr auto short_help = "? keys, q quit";

double seconds_of(top_view::time_point::duration length) {
  return std::chrono::duration<double>{length}.count();
}

/// Takes the last character; in UTF-8 it may be several octets.
void drop_last(std::string& text) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  while (text.size() > 1 && continues(text.back()))
    text.pop_back();
  if (!text.empty())
    text.pop_back();
}

} // namespace

top_view::top_view(stall_query question, std::optional<std::size_t> fixed_rows)
  : question_{std::move(question)}, fixed_rows_{fixed_rows} {}

top_view::action top_view::on_key(top_key key) {
  if (typed_)
    return on_typed(key);
  if (key.what == top_key::kind::character)
    return on_command(key.character);
  return scroll(key.what);
}

top_view::action top_view::on_command(char key) {
  switch (key) {
    case 'q': return action::quit;
    case 't': return change(stall_query::order::time);
    case 'o': return change(stall_query::order::octets);
    case 'c': return await(party::client);
    case 'h': return await(party::handler);
    case 'n': return await(party::network);
    case 'i': question_.with_idle = !question_.with_idle; return anew();
    case ' ': is_paused_ = !is_paused_; return is_paused_ ? action::none : action::ask;
    case '/': typed_.emplace(); return action::none;
    case '?': has_help_ = !has_help_; return action::none;
    default: return action::none;
  }
}

top_view::action top_view::on_typed(top_key key) {
  switch (key.what) {
    case top_key::kind::character:
      if (typed_->size() < longest_route)
        *typed_ += key.character;
      return action::none;
    case top_key::kind::backspace: drop_last(*typed_); return action::none;
    case top_key::kind::escape: typed_.reset(); return action::none;
    case top_key::kind::enter:
      question_.route = *std::exchange(typed_, std::nullopt);
      return anew();
    default: return action::none;
  }
}

top_view::action top_view::await(party whom) {
  question_.awaited = question_.awaited == whom ? std::nullopt : std::optional{whom};
  return anew();
}

top_view::action top_view::change(stall_query::order by) {
  question_.by = by;
  return anew();
}

top_view::action top_view::anew() {
  first_ = 0;
  return action::ask;
}

top_view::action top_view::scroll(top_key::kind key) {
  switch (key) {
    case top_key::kind::up: return scroll_to(first_ - std::min<std::size_t>(first_, 1));
    case top_key::kind::down: return scroll_to(first_ + 1);
    case top_key::kind::page_up: return scroll_to(first_ - std::min(first_, page_));
    case top_key::kind::page_down: return scroll_to(first_ + page_);
    case top_key::kind::home: return scroll_to(0);
    case top_key::kind::end: return scroll_to(last_first());
    default: return action::none;
  }
}

/// Asks where what is to be seen is not in the picture.
top_view::action top_view::scroll_to(std::size_t first) {
  first_ = std::min(first, last_first());
  const auto end = first_ + page_;
  const auto is_there = picture_ && std::min(end, most_rows()) <= picture_->stalls.size();
  return is_there || is_paused_ ? action::none : action::ask_next;
}

/// Stalls that can be had.
std::size_t top_view::most_rows() const noexcept {
  const auto most = fixed_rows_.value_or(most_asked);
  if (!picture_)
    return 0;
  // Of a picture that stays, there is no more than it shows.
  const auto there = is_paused_ ? picture_->stalls.size() : picture_->matching;
  return static_cast<std::size_t>(std::min<std::uint64_t>(most, there));
}

std::size_t top_view::last_first() const noexcept {
  const auto most = most_rows();
  return most - std::min(most, page_);
}

void top_view::on_picture(stall_picture picture, time_point now) {
  const auto span = seconds_of(now - seen_at_);
  if (picture_ && span < shortest_span) {
    picture_->loops = std::move(picture.loops);
    picture_->matching = picture.matching;
    picture_->stalls = std::move(picture.stalls);
  } else {
    if (picture_)
      rates_ = rates_between(picture_->server, picture.server, span);
    picture_ = std::move(picture);
    seen_at_ = now;
  }
  shown_ = question_; // what was asked before a key changed it has been given up
  failure_.clear();
  first_ = std::min(first_, last_first());
}

void top_view::on_failure(std::string why, time_point now) {
  if (failure_.empty())
    failing_since_ = now;
  failure_ = std::move(why);
}

stall_query top_view::question() const {
  auto asked = question_;
  asked.most = fixed_rows_.value_or(std::clamp<std::size_t>(first_ + 2 * page_, 1, most_asked));
  return asked;
}

std::string top_view::last_line(time_point now) const {
  if (typed_)
    return "route (none: all): " + printable(*typed_);
  if (has_help_)
    return help;
  std::string line = is_paused_ ? "paused; " : "";
  if (failure_.empty())
    return line + short_help;
  return line + "no picture for " + format_seconds(seconds_of(now - failing_since_))
         + ", still trying: " + printable(failure_);
}

stall_table top_view::draw(std::size_t columns, std::size_t rows, time_point now) {
  stall_table table;
  const auto last = last_line(now);
  // A failure or the help may take more than a line; what is typed is seen at its end.
  auto below = is_typing()
                 ? std::vector{last.size() < columns ? last
                                                     : last.substr(last.size() + 1 - columns)}
                 : wrap_words(last, columns);
  below.resize(std::min(below.size(), rows));
  const auto above = rows - below.size();
  if (picture_)
    table = lay_out(*picture_, {columns, above, first_, rates_, shown_});
  page_ = above - std::min(above, table.heading + 1);
  table.lines.resize(above);
  for (auto& each : below)
    table.lines.push_back(std::move(each));
  return table;
}

} // namespace sluice
