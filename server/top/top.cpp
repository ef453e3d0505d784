#include "sluice/server/top/top.hpp"

#include "sluice/server/options/help_formatter.hpp"
#include "sluice/server/options/option_values.hpp"
#include "sluice/server/top/admin_client.hpp"
#include "sluice/server/top/stall_picture.hpp"
#include "sluice/server/top/stall_table.hpp"
#include "sluice/server/top/terminal.hpp"
#include "sluice/server/top/top_view.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sluice {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto unreachable = 1;
constexpr auto wrong_usage = 2;
constexpr std::size_t most_rows = 1000; ///< that a server gives
constexpr std::chrono::milliseconds shortest_interval{100};
/// Where no terminal and no variable says how wide it is to be: nothing much is cut off.
constexpr std::size_t width_of_a_file = 200;

enum class output { screen, once, json };

struct wishes {
  admin_address where{std::string{default_admin_path}, "http://localhost"};
  output form = output::screen;
  std::chrono::milliseconds interval{1000};
  std::optional<std::size_t> rows;
  stall_query question;
};

int fail(const std::string& why, int status) {
  std::fprintf(stderr, "sluice: %s\n", why.c_str());
  return status;
}

class top_flags {
public:
  explicit top_flags(wishes& target) : target_{target} {
    app_.formatter(make_help_formatter());
    app_.option_defaults()->group("Options");
    app_.set_help_flag("-h,--help", "print this");
    add_server();
    add_form();
    add_question();
  }

  /// @returns the exit status if the program is to end now
  std::optional<int> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
      return std::nullopt;
    } catch (const CLI::Success& wish) {
      return app_.exit(wish);
    } catch (const CLI::ParseError& error) {
      std::string wrong = error.what();
      std::replace(wrong.begin(), wrong.end(), '\n', ' ');
      return fail(wrong + "; --help lists the flags", wrong_usage);
    }
  }

private:
  /// `take`: whether it was the right value. `form`: what that is.
  template <class Take>
  void add(const std::string& flag, const std::string& kind, const std::string& preset,
           const std::string& help, const std::string& form, Take take) {
    const auto call = [flag, form, take](const std::string& text) {
      if (!take(text))
        throw CLI::ValidationError{flag, "'" + text + "' is not " + form};
    };
    app_.add_option_function<std::string>(flag, call, help)->type_name(kind)->default_str(preset);
  }

  void add_server() {
    app_
      .add_option_function<std::string>(
        "--admin",
        [this](const std::string& text) {
          try {
            target_.where = parse_admin_address(text);
          } catch (const std::runtime_error& wrong) {
            throw CLI::ValidationError{"--admin", wrong.what()};
          }
        },
        "the server's admin listener: a Unix socket, or IP:PORT, PORT or http://...")
      ->type_name("PATH")
      ->default_str(std::string{default_admin_path});
  }

  void add_form() {
    app_.add_flag_callback(
      "--once", [this] { target_.form = std::max(target_.form, output::once); },
      "print one picture and end; needs no terminal");
    app_.add_flag_callback(
      "--json", [this] { target_.form = output::json; },
      "print one picture as the server gives it, as JSON, and end");
    add("--interval", "TIME", "1s", "between two pictures; at least 100ms",
        "a duration like 500ms or 2s, at least 100ms", [this](const std::string& text) {
          const auto length = parse_duration(text);
          if (!length || *length < shortest_interval)
            return false;
          target_.interval = std::chrono::duration_cast<std::chrono::milliseconds>(*length);
          return true;
        });
    add("-n,--rows", "N", "",
        "at most so many connections, up to 1000; unless set as many as fit, "
        "or 100 with --once",
        "a number from 1 to 1000", [this](const std::string& text) {
          target_.rows = parse_number<std::size_t>(text);
          return target_.rows && *target_.rows >= 1 && *target_.rows <= most_rows;
        });
  }

  void add_question() {
    auto& question = target_.question;
    add("--sort", "ORDER", "time", "the longest first, or what holds the most: time or octets",
        "time or octets", [&question](const std::string& text) {
          const auto is_octets = text == "octets";
          question.by = is_octets ? stall_query::order::octets : stall_query::order::time;
          return is_octets || text == "time";
        });
    add("--waits-for", "WHOM", "", "only those that wait for the client, handler or network",
        "client, handler or network", [&question](const std::string& text) {
          question.awaited = parse_party(text);
          return question.awaited.has_value();
        });
    app_.add_option("--route", question.route, "only those at this route, e.g. /uploads/{name}")
      ->type_name("PATTERN");
    app_.add_option("--peer", question.peer, "only those whose address begins like this")
      ->type_name("PREFIX");
    app_.add_flag("--idle", question.with_idle,
                  "also those that wait for nobody, or for their next request");
  }

  wishes& target_;
  CLI::App app_{"Shows whom the connections of a running server wait for.", "sluice top"};
};

std::size_t width_of_output() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  const auto* const given = std::getenv("COLUMNS");
  return parse_number<std::uint16_t>(given != nullptr ? given : "")
    .value_or(static_cast<std::uint16_t>(width_of_a_file));
}

void print_once(const wishes& wanted, const std::string& json) {
  const auto picture = read_stalls(json); // also where it is printed as it came: a check
  if (wanted.form == output::json) {
    std::printf("%s\n", json.c_str());
    return;
  }
  table_options how;
  how.columns = std::max<std::size_t>(width_of_output(), 1);
  how.question = wanted.question;
  for (const auto& line : lay_out(picture, how).lines)
    std::printf("%s\n", line.c_str());
}

/// Asks again and again, and shows what comes. Keys are read meanwhile.
class watch {
public:
  watch(admin_client& client, top_view& view, std::chrono::milliseconds interval)
    : client_{client}, view_{view}, interval_{interval} {}

  void run() {
    while (screen_.is_open()) {
      screen_.show(view_.draw(screen_.columns(), screen_.rows(), clock::now()), view_.is_typing());
      if (!client_.is_asking() && !view_.is_paused() && clock::now() >= due_)
        ask();
      wait();
      if (!obey_keys())
        return;
    }
  }

private:
  void ask() {
    due_ = clock::now() + interval_;
    client_.ask(target_of(view_.question()));
  }

  void wait() {
    // What is shown of a server that went away counts seconds.
    constexpr std::chrono::milliseconds most{500};
    auto length = most;
    if (!client_.is_asking() && !view_.is_paused())
      length = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(due_ - clock::now()),
                          std::chrono::milliseconds{0}, most);
    try {
      if (const auto answer = client_.wait(length, screen_.descriptors()))
        view_.on_picture(read_stalls(*answer), clock::now());
    } catch (const std::runtime_error& failure) {
      view_.on_failure(failure.what(), clock::now());
    }
  }

  /// @returns false where that is the end
  bool obey_keys() {
    while (const auto key = screen_.next_key())
      switch (view_.on_key(*key)) {
        case top_view::action::quit: return false;
        case top_view::action::ask: ask(); break;
        case top_view::action::ask_next: due_ = clock::now(); break;
        default: break;
      }
    return true;
  }

  admin_client& client_;
  top_view& view_;
  std::chrono::milliseconds interval_;
  clock::time_point due_ = clock::now() + interval_;
  terminal screen_;
};

/// What is asked for first is asked before there is a screen: what is wrong then is said below the
/// command.
void show(const wishes& wanted) {
  admin_client client{wanted.where};
  if (wanted.form != output::screen)
    return print_once(wanted, client.get(target_of(wanted.question)));
  top_view view{wanted.question, wanted.rows};
  view.on_picture(read_stalls(client.get(target_of(view.question()))), clock::now());
  watch{client, view, wanted.interval}.run();
}

} // namespace

int top(int argc, const char* const* argv) {
  wishes wanted;
  top_flags flags{wanted};
  if (const auto status = flags.parse(argc, argv))
    return *status;
  if (wanted.form == output::screen
      && (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0))
    return fail("top needs a terminal; --once prints one picture", wrong_usage);
  if (wanted.form != output::screen)
    wanted.question.most = wanted.rows.value_or(wanted.question.most);
  try {
    show(wanted);
    return 0;
  } catch (const std::runtime_error& failure) {
    return fail(failure.what(), unreachable);
  }
}

} // namespace sluice
