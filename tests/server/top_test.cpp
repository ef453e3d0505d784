#include "sluice/server/top/top.hpp"

#include "sluice/server/top/admin_client.hpp"
#include "sluice/server/top/figures.hpp"
#include "sluice/server/top/stall_picture.hpp"
#include "sluice/server/top/stall_table.hpp"
#include "sluice/server/top/terminal_text.hpp"
#include "sluice/server/top/top_view.hpp"
#include "tests/support/scratch_directory.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;
using sluice::testing::scratch_directory;

namespace {

json upload() {
  return json::parse(R"({"connection":17,"loop":0,"peer":"127.0.0.1:5000","protocol":"HTTP/1.1",
    "method":"POST","route":"/upload/{name}","phase":"open","waits_for":"client",
    "reason":"content","seconds":3.2,"seconds_left":56.8,
    "octets":{"read":100,"parked":20,"unsent":3,"kernel_unread":4096,"kernel_unsent":2048},
    "handler":null,"detached_handlers":0})");
}

/// Its handler asks an actor.
json question() {
  auto row = upload();
  row.update(json::parse(R"({"peer":"127.0.0.1:5001","method":"GET","route":"/count",
    "waits_for":"handler","reason":"handler","seconds":192,"seconds_left":null,
    "handler":{"actor":9,"placement":"on_loop","state":"running","waits_for":["reply"],
      "holds_seconds":3.2,"asked":{"actor":4,"name":"counter","waiting":23}}})"));
  return row;
}

json picture_of(std::vector<json> stalls) {
  auto whole = json::parse(R"({"server":{"state":"serving","connections":2,"web_sockets":1,
    "handlers":1,"requests_total":1000,"received_bytes_total":2048,"sent_bytes_total":1048576,
    "resident_bytes":10485760},
    "loops":[{"loop":0,"connections":2,"answered":true,"busy_seconds":0.01,"runs":null}]})");
  whole["matching"] = stalls.size();
  whole["stalls"] = std::move(stalls);
  return whole;
}

std::vector<std::string> lines_of(const json& picture, const table_options& how = {}) {
  return lay_out(read_stalls(picture.dump()), how).lines;
}

std::vector<std::string> lines_of(const json& picture, std::size_t columns) {
  table_options how;
  how.columns = columns;
  return lines_of(picture, how);
}

bool is_in(const std::vector<std::string>& lines, std::string_view what) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& each) { return each.find(what) != std::string::npos; });
}

std::size_t widest(const std::vector<std::string>& lines) {
  std::size_t most = 0;
  for (const auto& each : lines)
    most = std::max(most, each.size());
  return most;
}

bool is_printable(const std::vector<std::string>& lines) {
  return std::all_of(lines.begin(), lines.end(), [](const std::string& each) {
    return std::all_of(each.begin(), each.end(), [](char c) { return c >= ' ' && c <= '~'; });
  });
}

std::string why_not(const std::string& text) {
  try {
    static_cast<void>(read_stalls(text));
    return {};
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
}

/// Answers one request at a Unix socket with what it was told, whatever is asked.
class canned_listener {
public:
  canned_listener(const std::string& path, std::string answer)
    : socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), where.sun_path);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    thread_ = std::thread{[this, text = std::move(answer)] { serve(text); }};
  }
  canned_listener(const canned_listener&) = delete;
  canned_listener& operator=(const canned_listener&) = delete;
  ~canned_listener() {
    ::shutdown(socket_, SHUT_RDWR); // whoever accepts is woken
    thread_.join();
    ::close(socket_);
  }

private:
  void serve(std::string_view answer) const {
    const auto client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      char octet = 0;
      if (::read(client, &octet, 1) <= 0)
        break;
      head += octet;
    }
    while (!answer.empty()) {
      const auto sent = ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        break;
      answer.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::close(client);
  }

  int socket_;
  std::thread thread_;
};

std::string why_no_answer(const std::string& path) {
  try {
    admin_client client{parse_admin_address(path)};
    return "an answer: " + client.get("/stalls");
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
}

/// What is answered, or why not, where `answer` is what a listener says.
std::string outcome_of(const std::string& answer) {
  const scratch_directory here;
  const canned_listener listener{here.file("socket"), answer};
  return why_no_answer(here.file("socket"));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

top_key key(char which) {
  return {top_key::kind::character, which};
}

top_view::action type(top_view& view, std::string_view text) {
  for (const auto each : text)
    static_cast<void>(view.on_key(key(each)));
  return view.on_key({top_key::kind::enter});
}

constexpr top_view::time_point start{};

/// One that has got a picture of so many stalls, and shows them in 24 lines.
top_view view_of(std::size_t stalls) {
  top_view view{{}, std::nullopt};
  view.on_picture(read_stalls(picture_of(std::vector<json>(stalls, upload())).dump()), start);
  static_cast<void>(view.draw(80, 24, start));
  return view;
}

} // namespace

TEST_CASE("times and sizes are short and rounded as people do (figures.hpp)") {
  CHECK(format_seconds(0) == "0.0s");
  CHECK(format_seconds(4.71) == "4.7s");
  CHECK(format_seconds(59.94) == "59.9s");
  CHECK(format_seconds(59.96) == "1m00s");
  CHECK(format_seconds(192) == "3m12s");
  CHECK(format_seconds(3599.6) == "1h00m");
  CHECK(format_seconds(3 * 86400 + 4 * 3600) == "3d04h");
  CHECK(format_seconds(-1) == "0.0s");
  CHECK(format_seconds(1e300).size() == 6);
  CHECK(spoken_seconds(4.7) == "4.7 s");
  CHECK(format_octets(0) == "0");
  CHECK(format_octets(999) == "999");
  CHECK(format_octets(1000) == "1.0K");
  CHECK(format_octets(1258291) == "1.2M");
  CHECK(format_octets(64 * 1024) == "64K");
  CHECK(format_octets(1023.0 * 1024) == "1.0M");
  CHECK(format_octets(1e300) == "16E");
  CHECK(format_octets(std::numeric_limits<double>::quiet_NaN()) == "0");
  CHECK(format_count(1, "loop") == "1 loop");
  CHECK(format_count(2, "loop") == "2 loops");
}

TEST_CASE("nothing but printable ASCII comes out of any octet (terminal_text.hpp)") {
  std::string all;
  for (auto octet = 0; octet < 256; ++octet)
    all += static_cast<char>(octet);
  CHECK(is_printable({printable(all)}));
  CHECK(printable("\x1b[31m\x7f\x9b z") == "\\x1b[31m\\x7f\\x9b z");
  CHECK(printable("/items/{id}") == "/items/{id}");
}

TEST_CASE("text is broken at blanks and cut with a mark (terminal_text.hpp)") {
  using texts = std::vector<std::string>;
  CHECK(wrap_words("one two three", 7) == texts{"one two", "three"});
  CHECK(wrap_words("one two", 7) == texts{"one two"});
  CHECK(wrap_words("abcdefgh", 3) == texts{"abc", "def", "gh"});
  CHECK(wrap_words("one", 0).empty());
  CHECK(shorten("abcd", 4) == "abcd");
  CHECK(shorten("abcde", 4) == "abc+");
  CHECK(shorten("abcde", 0).empty());
}

TEST_CASE("no line is wider than the terminal whatever its width (stall_table.hpp)") {
  auto wide = upload();
  wide["route"] = std::string(500, 'r');
  wide["peer"] = std::string(500, 'p');
  auto held_up = picture_of({wide, question()});
  held_up["loops"][0]["busy_seconds"] = 5;
  held_up["loops"][0]["runs"] = std::string(500, 'x');
  for (std::size_t columns = 1; columns <= 200; ++columns) {
    CAPTURE(columns);
    CHECK(widest(lines_of(held_up, columns)) <= columns);
  }
}

TEST_CASE("eighty columns show who is waited for and why and what it holds (stall_table.hpp)") {
  const auto lines = lines_of(picture_of({question(), upload()}), 80);
  CHECK(is_in(lines, "serving: 2 connections (1 WebSocket), 1 handler, 10M of memory"));
  CHECK(is_in(lines, "2 stalled connections, the longest first"));
  REQUIRE(lines.size() == 7);
  CHECK(lines[4]
        == "WAITS FOR SINCE  LEFT ROUTE              PEER            WHY                HERE");
  CHECK(lines[5]
        == "handler   3m12s     - GET /count         127.0.0.1:5001  asks counter, as +  123");
  CHECK(lines[6]
        == "client     3.2s 56.8s POST /upload/{nam+ 127.0.0.1:5000  no content comes    123");
}

TEST_CASE("the columns that matter least are left out first (stall_table.hpp)") {
  const auto heading_at = [](std::size_t columns) {
    table_options how;
    how.columns = columns;
    const auto table = lay_out(read_stalls(picture_of({upload()}).dump()), how);
    return table.lines.at(table.heading);
  };
  CHECK(heading_at(40) == "WAITS FOR SINCE ROUTE");
  CHECK(has(heading_at(60), "WHY"));
  CHECK_FALSE(has(heading_at(60), "PEER"));
  CHECK(has(heading_at(120), "HANDLER"));
  CHECK_FALSE(has(heading_at(120), "KERNEL OUT"));
  CHECK(has(heading_at(132), "KERNEL IN KERNEL OUT"));
}

TEST_CASE("a hundred and twenty columns say what the handler does (stall_table.hpp)") {
  CHECK(is_in(lines_of(picture_of({question()}), 120), "asks counter, as 23 do"));
  const auto says = [](std::string_view change, std::string_view words) {
    auto row = question();
    row["handler"].erase("asked");
    row["handler"].update(json::parse(change));
    CAPTURE(change);
    CHECK(is_in(lines_of(picture_of({row}), 120), words));
  };
  says(R"({"waits_for":[]})", "handler not done waits for its turn");
  says(R"({"waits_for":[],"placement":"detached"})", "handler not done works");
  says(R"({"waits_for":null})", "handler not done behavior");
  says(R"({"waits_for":["content","time"]})", "awaits content or a delay");
  says(R"({"waits_for":["a_later_thing"]})", "awaits a later thing");
  says(R"({"waits_for":["stop"],"state":"cancelled"})", "cancelled, awaits the stop");
  says(R"({"asked":{"actor":4,"name":null,"waiting":1}})", "handler not done asks actor 4 ");
}

TEST_CASE("what a client sends never reaches the terminal as a command (stall_table.hpp)") {
  const std::string evil = "\x1b]0;title\x07\x7f\r\n\u009b31m";
  auto row = question();
  for (const auto* name : {"peer", "protocol", "method", "route", "phase", "waits_for", "reason"})
    row[name] = evil;
  for (const auto* name : {"state", "placement"})
    row["handler"][name] = evil;
  row["handler"]["asked"]["name"] = evil;
  auto picture = picture_of({row});
  picture["server"]["state"] = evil;
  picture["loops"][0]["busy_seconds"] = 3;
  picture["loops"][0]["runs"] = evil;
  table_options how;
  how.columns = 400;
  how.question.route = evil;
  how.question.peer = evil;
  const auto lines = lines_of(picture, how);
  CHECK(is_printable(lines));
  CHECK(is_in(lines, "\\x1b]0;title\\x07\\x7f\\x0d\\x0a\\xc2\\x9b31m"));
}

TEST_CASE("a loop that is held up is named with who does it (stall_table.hpp)") {
  auto picture = picture_of({});
  auto& loop = picture["loops"][0];
  const auto says = [&](std::string_view sentence) {
    CHECK(is_in(lines_of(picture, 200), sentence));
  };
  CHECK_FALSE(is_in(lines_of(picture, 200), "event loop"));
  loop = {{"loop", 0},
          {"connections", 12},
          {"answered", false},
          {"busy_seconds", 4.7},
          {"runs", "/slow"}};
  says("event loop 0 has been held up for 4.7 s by the handler of /slow; "
       "its 12 connections are not listed");
  loop["connections"] = 1;
  loop["runs"] = nullptr;
  says("event loop 0 has been held up for 4.7 s; its connection is not listed");
  loop["busy_seconds"] = 0.25;
  says("event loop 0 did not answer; its connection is not listed");
  loop["answered"] = true;
  CHECK_FALSE(is_in(lines_of(picture, 200), "event loop"));
  loop["busy_seconds"] = 0.3;
  says("event loop 0 has been held up for 0.3 s");
  picture["loops"] = std::vector<json>(7, loop);
  says("likewise 3 more event loops");
}

TEST_CASE("two pictures give rates and one gives totals (stall_table.hpp)") {
  auto before = picture_of({});
  auto after = before;
  after["server"]["requests_total"] = 3400;
  after["server"]["received_bytes_total"] = 2048 + 4096;
  const auto server_of = [](const json& from) { return read_stalls(from.dump()).server; };
  table_options how;
  how.rates = rates_between(server_of(before), server_of(after), 2);
  CHECK(is_in(lines_of(after, how), "1200 requests/s, 2.0K octets/s in, 0 octets/s out"));
  CHECK(is_in(lines_of(before), "so far 1000 requests, 2.0K octets in, 1.0M octets out"));
  CHECK_FALSE(rates_between(server_of(after), server_of(before), 2)); // it was started anew
  CHECK_FALSE(rates_between(server_of(before), server_of(after), 0));
}

TEST_CASE("the table ends with the screen and begins where it is scrolled to (stall_table.hpp)") {
  std::vector<json> rows(30, upload());
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i]["route"] = "/" + std::to_string(i) + "/";
  for (std::size_t lines = 0; lines <= 40; ++lines) {
    CAPTURE(lines);
    CHECK(lines_of(picture_of(rows), {80, lines, 0, {}, {}}).size()
          == std::min<std::size_t>(lines, 35));
  }
  const auto later = lines_of(picture_of(rows), {80, 10, 7, {}, {}});
  CHECK(is_in(later, ", from number 8"));
  CHECK(has(later.at(5), "/7/"));
  CHECK(lines_of(picture_of(rows), {80, 10, 99, {}, {}}).size() == 5);
}

TEST_CASE("JSON of another shape is refused with a sentence (stall_picture.hpp)") {
  CHECK(why_not(picture_of({upload(), question()}).dump()).empty());
  for (const auto* text :
       {"", "<html>", "null", "[]", "{}", "7", R"({"server":7})", R"({"server":{}})"}) {
    CAPTURE(text);
    CHECK(has(why_not(text), "what came is no stall list"));
  }
  CHECK(has(why_not(std::string(100'000, '[')), "no JSON"));
  CHECK(has(why_not("\"\xff\""), "no JSON"));
}

TEST_CASE("every member may be missing or be of any kind without harm (stall_picture.hpp)") {
  const auto whole = picture_of({upload(), question()}).flatten();
  const json others[]{nullptr, true, -1, 1e300, 1.5, "text", json::array(), json::object()};
  for (const auto& each : whole.items()) {
    const auto& path = each.key();
    CAPTURE(path);
    auto without = whole.unflatten();
    const json::json_pointer place{path};
    for (const auto& other : others) {
      without[place] = other;
      try {
        const auto lines = lines_of(without);
        CHECK(is_printable(lines));
      } catch (const std::runtime_error& refusal) {
        CHECK(has(refusal.what(), "no stall list"));
      }
    }
    auto& above = without[place.parent_pointer()];
    if (above.is_object()) {
      above.erase(place.back());
      const auto refusal = why_not(without.dump());
      CHECK((refusal.empty() || has(refusal, "is missing"))); // what is not shown is not missed
    }
  }
}

TEST_CASE("an address is a Unix path or a TCP address or a URL (admin_client.hpp)") {
  const auto base = [](std::string_view text) { return parse_admin_address(text).base; };
  CHECK(parse_admin_address("/run/a.sock").unix_path == "/run/a.sock");
  CHECK(parse_admin_address("./a.sock").name() == "./a.sock");
  CHECK(base("127.0.0.1:9100") == "http://127.0.0.1:9100");
  CHECK(base("[::1]:9100") == "http://[::1]:9100");
  CHECK(base(":9100") == "http://127.0.0.1:9100");
  CHECK(base("9100") == "http://127.0.0.1:9100");
  CHECK(base("http://host:1/under/") == "http://host:1/under");
  CHECK(parse_admin_address("9100").name() == "http://127.0.0.1:9100");
  for (const auto* text :
       {"", "a.sock", "0", "65536", "::1:9100", "127.0.0.1", "https://x", "http://"})
    CHECK_THROWS_AS(static_cast<void>(parse_admin_address(text)), std::runtime_error);
  CHECK_NOTHROW(static_cast<void>(parse_admin_address("/" + std::string(106, 'a'))));
  CHECK_THROWS_AS(static_cast<void>(parse_admin_address("/" + std::string(107, 'a'))),
                  std::runtime_error);
}

TEST_CASE("what is asked for is percent-encoded (admin_client.hpp)") {
  stall_query question;
  CHECK(target_of(question) == "/stalls?by=time&n=100");
  question.route = "/a b/{id}&x=#%";
  question.peer = "[::1";
  question.awaited = party::network;
  question.with_idle = true;
  question.by = stall_query::order::octets;
  question.most = 7;
  CHECK(target_of(question)
        == "/stalls?by=octets&n=7&route=%2Fa%20b%2F%7Bid%7D%26x%3D%23%25&peer=%5B%3A%3A1"
           "&waits_for=network&idle=true");
}

TEST_CASE("who can't be asked is named with the reason (admin_client.hpp)") {
  const scratch_directory here;
  const auto missing = why_no_answer(here.file("none"));
  CHECK(has(missing, "nobody listens at " + here.file("none")));
  CHECK(has(missing, "No such file or directory; is the server running with --admin?"));
  CHECK(has(why_no_answer(here.write("file", "x")), "Connection refused"));
}

TEST_CASE("an answer is taken only from an admin listener (admin_client.hpp)") {
  CHECK(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") == "an answer: {}");
  CHECK(has(outcome_of("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            "is no admin listener: it has no /stalls"));
  CHECK(has(outcome_of("HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\n\x1b[31m"),
            "answered with status 400"));
  CHECK(has(outcome_of("SSH-2.0-server\r\n"), "does not answer as an admin listener does"));
  CHECK(has(outcome_of(""), "does not answer as an admin listener does"));
  CHECK(has(outcome_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(admin_client::most_octets + 1, ' ')),
            "more than 16 MiB"));
}

TEST_CASE("keys change the question and ask it at once (top_view.hpp)") {
  using action = top_view::action;
  auto view = view_of(3);
  CHECK(view.on_key(key('c')) == action::ask);
  CHECK(view.question().awaited == party::client);
  // Until that is answered, what is shown answers the question before.
  CHECK_FALSE(is_in(view.draw(80, 24, start).lines, "wait for the client"));
  view.on_picture(read_stalls(picture_of({upload(), upload()}).dump()), start + 1s);
  CHECK(is_in(view.draw(80, 24, start).lines, "2 stalled connections that wait for the client"));
  CHECK(view.on_key(key('h')) == action::ask);
  CHECK(view.question().awaited == party::handler);
  CHECK(view.on_key(key('h')) == action::ask);
  CHECK_FALSE(view.question().awaited);
  CHECK(view.on_key(key('o')) == action::ask);
  CHECK(view.question().by == stall_query::order::octets);
  CHECK(view.on_key(key('t')) == action::ask);
  CHECK(view.question().by == stall_query::order::time);
  CHECK(view.on_key(key('i')) == action::ask);
  CHECK(view.question().with_idle);
  CHECK(view.on_key(key('x')) == action::none);
  CHECK(view.on_key(key(' ')) == action::none);
  CHECK(view.is_paused());
  CHECK(view.on_key(key(' ')) == action::ask);
  CHECK(view.on_key(key('q')) == action::quit);
}

TEST_CASE("a route is typed in a line of its own (top_view.hpp)") {
  auto view = view_of(3);
  static_cast<void>(view.on_key(key('/')));
  CHECK(view.is_typing());
  static_cast<void>(view.on_key(key('/')));
  static_cast<void>(view.on_key(key('q')));
  static_cast<void>(view.on_key(key('\xc3')));
  static_cast<void>(view.on_key(key('\xa9')));
  CHECK(view.draw(80, 24, start).lines.back() == "route (none: all): /q\\xc3\\xa9");
  static_cast<void>(view.on_key({top_key::kind::backspace})); // takes the whole character
  CHECK(type(view, "c") == top_view::action::ask);
  CHECK(view.question().route == "/qc");
  static_cast<void>(view.on_key(key('/')));
  static_cast<void>(view.on_key(key('z')));
  static_cast<void>(view.on_key({top_key::kind::escape}));
  CHECK_FALSE(view.is_typing());
  CHECK(view.question().route == "/qc");
  static_cast<void>(view.on_key(key('/')));
  CHECK(type(view, "") == top_view::action::ask);
  CHECK(view.question().route.empty());
}

TEST_CASE("scrolling stays within what there is and asks for more of it (top_view.hpp)") {
  using kind = top_key::kind;
  auto view = view_of(100); // 24 lines are 5 of the server, a heading, 18 stalls
  const auto shows = [&](std::string_view text) {
    return is_in(view.draw(80, 24, start).lines, text);
  };
  CHECK(view.on_key({kind::up}) == top_view::action::none);
  CHECK_FALSE(shows("from number"));
  static_cast<void>(view.on_key({kind::down}));
  CHECK(shows("from number 2"));
  static_cast<void>(view.on_key({kind::end}));
  const auto asked = view.question().most;
  CHECK(asked >= 100);
  CHECK(asked <= 1000);
  CHECK(view.on_key({kind::page_down}) == top_view::action::none);
  static_cast<void>(view.on_key({kind::home}));
  CHECK_FALSE(shows("from number"));

  auto part = picture_of(std::vector<json>(36, upload()));
  part["matching"] = 5000;
  view.on_picture(read_stalls(part.dump()), start + 1s);
  static_cast<void>(view.on_key({kind::page_down}));
  CHECK(view.on_key({kind::page_down}) == top_view::action::ask_next);
  static_cast<void>(view.on_key({kind::end}));
  CHECK(view.question().most == 1000);

  top_view fixed{{}, 5};
  CHECK(fixed.question().most == 5);
}

TEST_CASE("the last picture stays while the server can't be asked (top_view.hpp)") {
  auto view = view_of(3);
  view.on_failure("nobody listens\x1b", start + 1s);
  view.on_failure("nobody listens\x1b", start + 9s);
  const auto lines = view.draw(80, 24, start + 13s).lines;
  CHECK(lines.size() == 24);
  CHECK(is_printable(lines));
  CHECK(is_in(lines, "no picture for 12.0s, still trying: nobody listens"));
  CHECK(is_in(lines, "POST /upload/{name}"));
  view.on_picture(read_stalls(picture_of({}).dump()), start + 14s);
  CHECK_FALSE(is_in(view.draw(80, 24, start + 14s).lines, "no picture"));
}

TEST_CASE("a screen of any size has as many lines as it has rows (top_view.hpp)") {
  auto view = view_of(30);
  view.on_failure("a sentence that is longer than a narrow screen", start);
  for (std::size_t rows = 0; rows <= 40; ++rows)
    for (const auto columns : {0U, 1U, 10U, 40U, 80U}) {
      CAPTURE(rows);
      CAPTURE(columns);
      const auto lines = view.draw(columns, rows, start).lines;
      CHECK(lines.size() == rows);
      CHECK(widest(lines) <= columns);
      static_cast<void>(view.on_key({top_key::kind::page_down}));
    }
}

TEST_CASE("a wrong flag and a server that is not there have statuses of their own (top.hpp)") {
  const scratch_directory here;
  const auto none = here.file("none");
  const char* const wrong[]{"top", "--sort", "size"};
  const char* const absent[]{"top", "--once", "--admin", none.c_str()};
  CHECK(top(3, wrong) == 2);
  CHECK(top(4, absent) == 1);
}
