// The states of a request parser, in order; each message goes through them once.
//
//   request_line     empty lines and the request line; our own scanner. Its end hands a fixed request
//                    line to llhttp.
//   header_section   llhttp reads field lines; the blank line leads to `head`.
//   content          llhttp reads content and, if chunked, its framing; each piece is an event. The
//                    last chunk's size line leads to trailer_section, the last octet of a known
//                    length to complete.
//   trailer_section  llhttp reads field lines again; the blank line leads to complete.
//   complete         `end` was returned; nothing is consumed until restart().
//   failed           refused; final.
//
// llhttp limits no lengths. The head and the trailer section are bounded by never showing llhttp an
// octet past the limit. Chunk framing cannot be cut off like that, for the same run of octets goes
// on into content; so it is measured afterwards, which costs no memory: llhttp keeps none of it.

#include "sluice/protocol/http/request_parser.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/http/internal/head_rules.hpp"
#include "sluice/protocol/http/internal/request_line.hpp"
#include "sluice/protocol/http/target.hpp"

#include <llhttp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <new>
#include <string_view>
#include <utility>

namespace sluice::http {

namespace {

enum class state : std::uint8_t {
  request_line,
  header_section,
  content,
  trailer_section,
  complete,
  failed,
};

/// What made llhttp pause.
enum class pause : std::uint8_t { none, framing_name, head, content, last_chunk, end };

/// Room for the fields of a common request, so that they cost two allocations.
constexpr std::size_t common_field_count = 16;
constexpr std::size_t common_field_octets = 1024;

/// The blank line at the end of a trailer section, which limits::trailer_section does not count.
constexpr std::size_t blank_line = 2;

} // namespace

/// Copying makes an independent parser in the same state: would_complete runs one ahead.
class request_parser::impl {
public:
  explicit impl(const limits& bounds) : bounds_{bounds} { restart(); }

  step next(octet_view input);
  request take_head();
  fields take_trailers();
  void end_without_content() noexcept;
  void restart();

  [[nodiscard]] method method_in_line() const noexcept { return line_.method(); }
  [[nodiscard]] bool is_in_message() const noexcept {
    return state_ == state::request_line ? line_.has_begun() : state_ < state::complete;
  }
  [[nodiscard]] bool is_complete() const noexcept { return state_ == state::complete; }
  [[nodiscard]] bool is_persistent() const noexcept { return facts_.is_persistent; }

private:
  static const llhttp_settings_t& callbacks() noexcept;
  static const llhttp_t& behind_line(http_version version) noexcept;
  static impl& self(llhttp_t* parser) noexcept { return *static_cast<impl*>(parser->data); }

  std::size_t read_request_line(octet_view input);
  std::size_t read_header_section(octet_view input, step& result);
  std::size_t read_content(octet_view input, step& result);
  std::size_t read_trailer_section(octet_view input, step& result);

  std::size_t execute(octet_view input);
  std::size_t execute_header_section(octet_view input);
  std::size_t execute_framing_value(octet_view input);
  [[nodiscard]] bool is_in_framing_value() const noexcept;
  void begin_fields(std::size_t octets_at_hand);
  void fail(std::error_code error) noexcept;
  [[nodiscard]] std::error_code error_of(llhttp_errno_t code) const noexcept;

  void on_name(std::string_view piece);
  template <class Store>
  [[nodiscard]] int keep(Store store) noexcept;
  int on_name_complete() noexcept;
  int on_head_complete() noexcept;

  limits bounds_;
  llhttp_t llhttp_{};
  state state_ = state::request_line;
  pause pause_ = pause::none;
  bool is_memory_refused_ = false;
  bool is_in_line_ = false;  ///< the last line of fields_ is not complete
  bool is_in_value_ = false; ///< its name is
  std::size_t octets_ = 0; ///< seen of the head, of chunk framing since content, or of the trailer
                           ///< section
  octet_view piece_;       ///< of content; views the input of the call of next() under way
  std::error_code error_;  ///< the first refusal
  internal::request_line line_;
  internal::head_facts facts_;
  fields fields_; ///< the header section, later the trailer section
};

// llhttp's callbacks note what happened and pause; `next` goes on from there. For a span callback
// HPE_PAUSED works as well: llhttp resumes after the span.

const llhttp_settings_t& request_parser::impl::callbacks() noexcept {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_header_field = [](llhttp_t* p, const char* at, std::size_t length) noexcept {
      return self(p).keep([=] { self(p).on_name({at, length}); });
    };
    s.on_header_field_complete = [](llhttp_t* p) noexcept { return self(p).on_name_complete(); };
    s.on_header_value = [](llhttp_t* p, const char* at, std::size_t length) noexcept {
      return self(p).keep([=] { self(p).fields_.extend_value({at, length}); });
    };
    s.on_header_value_complete = [](llhttp_t* p) noexcept {
      self(p).fields_.trim_value();
      self(p).is_in_line_ = self(p).is_in_value_ = false;
      return 0;
    };
    s.on_headers_complete = [](llhttp_t* p) noexcept { return self(p).on_head_complete(); };
    s.on_body = [](llhttp_t* p, const char* at, std::size_t length) noexcept {
      if (length == 0)
        return 0;
      self(p).piece_ = as_octets({at, length});
      self(p).pause_ = pause::content;
      return static_cast<int>(HPE_PAUSED);
    };
    s.on_chunk_header = [](llhttp_t* p) noexcept {
      if (p->content_length > 0)
        return 0;
      self(p).pause_ = pause::last_chunk;
      return static_cast<int>(HPE_PAUSED);
    };
    s.on_message_complete = [](llhttp_t* p) noexcept {
      self(p).pause_ = pause::end;
      return static_cast<int>(HPE_PAUSED);
    };
    return s;
  }();
  return settings;
}

void request_parser::impl::on_name(std::string_view piece) {
  if (std::exchange(is_in_line_, true))
    fields_.extend_name(piece);
  else
    fields_.add(piece, {});
}

// No exception may cross llhttp: `execute` throws it again behind.
template <class Store>
int request_parser::impl::keep(Store store) noexcept {
  try {
    store();
    return 0;
  } catch (const std::bad_alloc&) {
    is_memory_refused_ = true;
    return HPE_USER;
  }
}

int request_parser::impl::on_name_complete() noexcept {
  is_in_value_ = true;
  // Judged at the colon, not at a span, whose end depends on where the input was cut.
  if (state_ == state::header_section && fields_.size() > bounds_.field_count) {
    error_ = errc::too_many_fields;
    return HPE_USER;
  }
  if (state_ != state::header_section || !is_in_framing_value())
    return 0;
  pause_ = pause::framing_name;
  return HPE_PAUSED;
}

int request_parser::impl::on_head_complete() noexcept {
  facts_ = internal::examine_head(line_.method(), line_.version(), fields_);
  error_ = facts_.error;
  pause_ = pause::head;
  return error_ ? HPE_USER : HPE_PAUSED;
}

std::error_code request_parser::impl::error_of(llhttp_errno_t code) const noexcept {
  const bool is_about_length = code == HPE_INVALID_CONTENT_LENGTH
                               || code == HPE_UNEXPECTED_CONTENT_LENGTH;
  const bool is_about_coding = code == HPE_INVALID_TRANSFER_ENCODING;
  if ((is_about_length || is_about_coding) && state_ == state::trailer_section)
    return errc::conflicting_framing;
  // llhttp looks at the one while it reads the other, and at both before our own rules can.
  if (is_about_length)
    return fields_.contains("transfer-encoding") ? errc::conflicting_framing
                                                 : errc::malformed_content_length;
  if (is_about_coding)
    return fields_.contains("content-length") ? errc::conflicting_framing
                                              : errc::malformed_transfer_coding;
  return state_ == state::content ? errc::malformed_chunk : errc::malformed_field;
}

void request_parser::impl::fail(std::error_code error) noexcept {
  if (!error_)
    error_ = error;
  state_ = state::failed;
}

/// Runs llhttp until it pauses, fails or has used `input` up. @returns octets used
std::size_t request_parser::impl::execute(octet_view input) {
  pause_ = pause::none;
  llhttp_.data = this;
  const auto text = input.empty() ? std::string_view{""} : as_text(input);
  const auto code = llhttp_execute(&llhttp_, text.data(), text.size());
  if (is_memory_refused_)
    throw std::bad_alloc{};
  if (code == HPE_OK)
    return text.size();
  const auto used = static_cast<std::size_t>(llhttp_get_error_pos(&llhttp_) - text.data());
  if (code == HPE_PAUSED)
    llhttp_resume(&llhttp_);
  else
    fail(error_of(code));
  return used;
}

bool request_parser::impl::is_in_framing_value() const noexcept {
  if (!is_in_value_)
    return false;
  const auto name = fields_.back().name;
  return equals_ignoring_case(name, "content-length")
         || equals_ignoring_case(name, "transfer-encoding");
}

/// Runs llhttp over field lines. @returns octets used
std::size_t request_parser::impl::execute_header_section(octet_view input) {
  std::size_t used = 0;
  do {
    const auto rest = input.subspan(used);
    used += is_in_framing_value() ? execute_framing_value(rest) : execute(rest);
  } while (used < input.size() && state_ != state::failed
           && (pause_ == pause::none || pause_ == pause::framing_name));
  return used;
}

/// Runs llhttp over a value that frames the content, or a piece of it. Behind such a value llhttp
/// takes no tab for whitespace (RFC 9110 sec. 5.6.3): it is shown spaces. @returns octets used
std::size_t request_parser::impl::execute_framing_value(octet_view input) {
  std::array<char, 64> shown;
  const auto text = as_text(input.first(std::min(input.size(), shown.size())));
  const auto end = text.find_first_of("\r\n");
  const auto value = text.substr(0, end);
  if (value.find('\t') == std::string_view::npos)
    return execute(end == std::string_view::npos ? input.first(value.size()) : input);
  std::replace_copy(value.begin(), value.end(), shown.begin(), '\t', ' ');
  return execute(as_octets({shown.data(), value.size()}));
}

request_parser::step request_parser::impl::next(octet_view input) {
  step result;
  if (state_ == state::request_line)
    result.consumed += read_request_line(input);
  if (state_ == state::header_section)
    result.consumed += read_header_section(input.subspan(result.consumed), result);
  else if (state_ == state::content)
    result.consumed += read_content(input, result);
  if (state_ == state::trailer_section)
    result.consumed += read_trailer_section(input.subspan(result.consumed), result);
  if (state_ == state::failed) {
    result.event = request_event::error;
    result.content = {};
    result.error = error_;
  }
  return result;
}

std::size_t request_parser::impl::read_request_line(octet_view input) {
  const auto allowed = input.first(std::min(input.size(), bounds_.field_section - octets_));
  const auto used = line_.read(as_text(allowed), bounds_.target);
  octets_ += used;
  if (line_.error())
    fail(line_.error());
  else if (line_.is_complete() && line_.origin_path() == 0
           && !internal::is_target_for(line_.method(), line_.target()))
    fail(errc::malformed_target);
  else if (line_.is_complete())
    begin_fields(input.size() - used);
  else if (used < input.size())
    fail(line_.is_in_target() ? errc::target_too_long : errc::field_section_too_large);
  return used;
}

/// llhttp as it is behind a request line that it cannot object to; it needs no more of ours than
/// the version.
const llhttp_t& request_parser::impl::behind_line(http_version version) noexcept {
  static const auto made = [] {
    std::array<llhttp_t, 2> all{};
    for (const auto each : {http_version::v1_0, http_version::v1_1}) {
      auto& parser = all[static_cast<std::size_t>(each)];
      llhttp_init(&parser, HTTP_REQUEST, &callbacks());
      const std::string_view line = each == http_version::v1_1 ? "POST / HTTP/1.1\r\n"
                                                               : "POST / HTTP/1.0\r\n";
      [[maybe_unused]] const auto code = llhttp_execute(&parser, line.data(), line.size());
      assert(code == HPE_OK);
    }
    return all;
  }();
  return made[static_cast<std::size_t>(version)];
}

void request_parser::impl::begin_fields(std::size_t octets_at_hand) {
  state_ = state::header_section;
  llhttp_ = behind_line(line_.version());
  fields_.reserve(common_field_count, std::min(octets_at_hand, common_field_octets));
}

std::size_t request_parser::impl::read_header_section(octet_view input, step& result) {
  const auto allowed = input.first(std::min(input.size(), bounds_.field_section - octets_));
  const auto used = execute_header_section(allowed);
  octets_ += used;
  if (pause_ == pause::head && state_ != state::failed) {
    state_ = state::content;
    octets_ = 0;
    result.event = request_event::head;
  } else if (used < input.size()) {
    fail(errc::field_section_too_large);
  }
  return used;
}

std::size_t request_parser::impl::read_content(octet_view input, step& result) {
  if (!facts_.has_content()) {
    end_without_content();
    result.event = request_event::end;
    return 0;
  }
  const auto used = execute(input);
  if (facts_.chunked) {
    octets_ += used - (pause_ == pause::content ? piece_.size() : 0);
    if (octets_ > bounds_.chunk_framing) {
      error_ = errc::chunk_framing_too_large; // also when a malformed octet came after the limit
      fail(error_);
    }
  }
  if (state_ == state::failed)
    return used;
  if (pause_ == pause::content) {
    result.event = request_event::content;
    result.content = piece_;
    octets_ = 0;
  } else if (pause_ == pause::last_chunk) {
    state_ = state::trailer_section;
    fields_.clear();
    octets_ = 0;
  } else if (pause_ == pause::end) {
    state_ = state::complete;
    fields_.clear();
    result.event = request_event::end;
  }
  return used;
}

std::size_t request_parser::impl::read_trailer_section(octet_view input, step& result) {
  const auto bound = bounds_.trailer_section + blank_line;
  const auto allowed = input.first(std::min(input.size(), bound - octets_));
  const auto used = execute(allowed);
  octets_ += used;
  if (pause_ == pause::end && state_ != state::failed) {
    state_ = state::complete;
    result.event = request_event::end;
  } else if (used < input.size()) {
    fail(errc::trailer_section_too_large);
  }
  return used;
}

request request_parser::impl::take_head() {
  request head;
  head.method = line_.method();
  head.version = line_.version();
  head.target = std::move(line_.target());
  head.fields = std::exchange(fields_, {});
  if (const auto path = line_.origin_path(); path > 0) {
    head.path.assign(head.target, 0, path);
    if (path < head.target.size())
      head.query.assign(head.target, path + 1);
  } else if (const auto parts = parse_target(head.target)) {
    head.path = parts->path;
    head.query = parts->query;
    // The authority of the target outranks Host: nobody may read another one there. RFC 9112
    // sec. 3.2.2
    if (parts->form == target_form::absolute && head.fields.find("host") != parts->authority)
      head.fields.set("Host", parts->authority);
  }
  head.content_length = facts_.content_length;
  head.chunked = facts_.chunked;
  return head;
}

fields request_parser::impl::take_trailers() {
  return std::exchange(fields_, {});
}

// llhttp would say so as well; it starts anew with the next message.
void request_parser::impl::end_without_content() noexcept {
  assert(state_ == state::content && !facts_.has_content());
  state_ = state::complete;
  fields_.clear();
}

void request_parser::impl::restart() {
  state_ = state::request_line;
  is_in_line_ = is_in_value_ = false;
  octets_ = 0;
  error_ = {};
  line_ = {};
  facts_ = {};
  fields_.clear();
}

request_parser::request_parser(const limits& bounds) : impl_{std::make_unique<impl>(bounds)} {}

request_parser::~request_parser() = default;

request_parser::step request_parser::next(octet_view input) {
  return impl_->next(input);
}

request request_parser::take_head() {
  return impl_->take_head();
}

void request_parser::end_without_content() noexcept {
  impl_->end_without_content();
}

fields request_parser::take_trailers() {
  return impl_->take_trailers();
}

method request_parser::method_in_line() const noexcept {
  return impl_->method_in_line();
}

bool request_parser::is_in_message() const noexcept {
  return impl_->is_in_message();
}

bool request_parser::is_persistent() const noexcept {
  return impl_->is_persistent();
}

bool request_parser::would_complete(octet_view input) const {
  impl ahead{*impl_};
  while (!ahead.is_complete()) {
    const auto taken = ahead.next(input);
    if (taken.event == request_event::none || taken.event == request_event::error)
      return false;
    input = input.subspan(taken.consumed);
  }
  return true;
}

void request_parser::restart() {
  impl_->restart();
}

} // namespace sluice::http
