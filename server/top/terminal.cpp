#include "sluice/server/top/terminal.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#define NCURSES_NOMACROS // else `timeout`, `move` and others are macros
#include <ncurses.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace sluice {

namespace {

/// How long what follows an escape may take to be a key like an arrow.
constexpr int escape_delay_ms = 25;

top_key key_of(int code) noexcept {
  using kind = top_key::kind;
  switch (code) {
    case KEY_UP: return {kind::up};
    case KEY_DOWN: return {kind::down};
    case KEY_PPAGE: return {kind::page_up};
    case KEY_NPAGE: return {kind::page_down};
    case KEY_HOME: return {kind::home};
    case KEY_END: return {kind::end};
    case KEY_ENTER:
    case '\r':
    case '\n': return {kind::enter};
    case KEY_BACKSPACE:
    case '\b':
    case '\x7f': return {kind::backspace};
    case '\x1b': return {kind::escape};
    default: break;
  }
  constexpr auto largest_octet = 0xff;
  return code >= ' ' && code <= largest_octet ? top_key{kind::character, static_cast<char>(code)}
                                              : top_key{};
}

/// Takes signals that would end the program, or say that the window's size is another, as
/// something to read. Blocked before ncurses is there, they never come to its handlers.
class caught_signals {
public:
  caught_signals() {
    sigset_t which;
    ::sigemptyset(&which);
    for (const auto each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH})
      ::sigaddset(&which, each);
    descriptor_ = ::signalfd(-1, &which, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor_ < 0)
      throw std::runtime_error{"signals can't be read from a descriptor"};
    ::sigprocmask(SIG_BLOCK, &which, &before_);
  }
  caught_signals(const caught_signals&) = delete;
  caught_signals& operator=(const caught_signals&) = delete;
  ~caught_signals() {
    while (next() != 0) // else the second Ctrl+C is delivered at the end
      continue;
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    ::close(descriptor_);
  }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// @returns 0 when there is none
  [[nodiscard]] int next() const noexcept {
    signalfd_siginfo one{};
    const auto got = ::read(descriptor_, &one, sizeof one);
    return got == static_cast<ssize_t>(sizeof one) ? static_cast<int>(one.ssi_signo) : 0;
  }

private:
  int descriptor_ = -1;
  sigset_t before_{};
};

/// Whether nothing will come any more: the terminal is gone.
bool has_ended(int descriptor) noexcept {
  pollfd what{descriptor, POLLIN, 0};
  if (::poll(&what, 1, 0) <= 0)
    return false;
  auto waiting = 0;
  return ::ioctl(descriptor, FIONREAD, &waiting) != 0 || waiting == 0;
}

} // namespace

class terminal::impl {
public:
  impl() : screen_{::newterm(nullptr, stdout, stdin)} {
    if (screen_ == nullptr) {
      const auto* const kind = std::getenv("TERM");
      throw std::runtime_error{std::string{"no terminal of the kind "}
                               + (kind != nullptr && *kind != '\0' ? kind : "that TERM names")
                               + " is known; --once needs none"};
    }
    ::cbreak();
    ::noecho();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(escape_delay_ms);
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  ~impl() {
    ::endwin();
    ::delscreen(screen_);
  }

  bool is_open() {
    while (const auto which = signals_.next())
      if (which == SIGWINCH)
        resize();
      else
        is_over_ = true;
    return !is_over_;
  }

  std::optional<top_key> next_key() {
    const auto code = ::wgetch(stdscr);
    if (code != ERR)
      return key_of(code);
    is_over_ = is_over_ || has_ended(STDIN_FILENO);
    return std::nullopt;
  }

  void show(const stall_table& table, bool is_typing) {
    ::werase(stdscr);
    auto row = 0;
    for (std::size_t i = 0; i < table.lines.size(); ++i) {
      const auto& line = table.lines.at(i);
      if (i == table.heading && !line.empty())
        ::wattr_on(stdscr, A_REVERSE, nullptr);
      ::wmove(stdscr, row++, 0);
      ::waddnstr(stdscr, line.data(), static_cast<int>(line.size()));
      ::wattr_off(stdscr, A_REVERSE, nullptr);
    }
    ::curs_set(is_typing ? 1 : 0); // the last line was written last: the cursor is at its end
    ::wrefresh(stdscr);
  }

  /// Signals, and keys.
  [[nodiscard]] std::span<const int> descriptors() const noexcept { return descriptors_; }

private:
  static void resize() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
      ::resizeterm(size.ws_row, size.ws_col);
  }

  caught_signals signals_;
  SCREEN* screen_;
  bool is_over_ = false;
  std::array<int, 2> descriptors_{STDIN_FILENO, signals_.descriptor()};
};

terminal::terminal() : impl_{std::make_unique<impl>()} {}

terminal::~terminal() = default;

std::span<const int> terminal::descriptors() const noexcept {
  return impl_->descriptors();
}

bool terminal::is_open() {
  return impl_->is_open();
}

std::optional<top_key> terminal::next_key() {
  return impl_->next_key();
}

std::size_t terminal::columns() const noexcept {
  return static_cast<std::size_t>(std::max(0, ::getmaxx(stdscr)));
}

std::size_t terminal::rows() const noexcept {
  return static_cast<std::size_t>(std::max(0, ::getmaxy(stdscr)));
}

void terminal::show(const stall_table& table, bool is_typing) {
  impl_->show(table, is_typing);
}

} // namespace sluice
