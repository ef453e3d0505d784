#include "sluice/server/top/admin_client.hpp"

#include "sluice/server/options/listen_place.hpp"
#include "sluice/server/top/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <sys/un.h>

namespace sluice {

namespace {

constexpr long not_found = 404;
constexpr long ok = 200;

std::string escaped(const std::string& text) {
  const std::unique_ptr<char, void (*)(void*)> made{
    ::curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), ::curl_free};
  if (!made)
    throw std::bad_alloc{};
  return made.get();
}

std::string http_base_of(const listen_place& place) {
  const auto is_ipv6 = place.address.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? '[' + place.address + ']' : place.address) + ':'
         + std::to_string(place.port);
}

bool has_scheme(std::string_view text) noexcept {
  return text.find("://") != std::string_view::npos;
}

} // namespace

admin_address parse_admin_address(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  const auto name = "'" + printable(text) + "'";
  if (text.starts_with(scheme)) {
    while (text.size() > scheme.size() && text.back() == '/')
      text.remove_suffix(1);
    if (text.size() > scheme.size())
      return {{}, std::string{text}};
  } else if (has_scheme(text)) {
    throw std::runtime_error{"an admin listener speaks http://, not what " + name + " asks for"};
  }
  const auto place = parse_listen_place(text);
  if (!place || text.starts_with(scheme) || (place->unix_path.empty() && place->port == 0))
    throw std::runtime_error{name
                             + " is no address: that is the path of a Unix socket with a '/' in "
                               "it, or something like 127.0.0.1:9100 or http://127.0.0.1:9100"};
  if (place->unix_path.size() >= sizeof sockaddr_un::sun_path)
    throw std::runtime_error{name + " is too long for the path of a Unix socket"};
  if (!place->unix_path.empty())
    return {place->unix_path, "http://localhost"};
  return {{}, http_base_of(*place)};
}

std::string target_of(const stall_query& question) {
  const auto by = question.by == stall_query::order::octets ? "octets" : "time";
  auto target = std::string{"/stalls?by="} + by + "&n=" + std::to_string(question.most);
  if (!question.route.empty())
    target += "&route=" + escaped(question.route);
  if (!question.peer.empty())
    target += "&peer=" + escaped(question.peer);
  if (question.awaited)
    target += "&waits_for=" + std::string{to_string(*question.awaited)};
  if (question.with_idle)
    target += "&idle=true";
  return target;
}

class admin_client::impl {
public:
  explicit impl(admin_address where) : where_{std::move(where)} {
    if (!easy_ || !multi_)
      throw std::runtime_error{"libcurl can't be started"};
    constexpr auto patience_ms = static_cast<long>(
      std::chrono::milliseconds{admin_client::patience}.count());
    auto* const handle = easy_.get();
    ::curl_easy_setopt(handle, CURLOPT_PROXY, "");
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, patience_ms);
    ::curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, patience_ms);
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
    ::curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    ::curl_easy_setopt(handle, CURLOPT_USERAGENT, "sluice top");
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &impl::take);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    if (!where_.unix_path.empty())
      ::curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, where_.unix_path.c_str());
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;
  ~impl() { give_up(); }

  void ask(const std::string& target) {
    give_up();
    content_.clear();
    is_too_large_ = false;
    ::curl_easy_setopt(easy_.get(), CURLOPT_URL, (where_.base + target).c_str());
    check(::curl_multi_add_handle(multi_.get(), easy_.get()));
    is_asking_ = true;
  }

  [[nodiscard]] bool is_asking() const noexcept { return is_asking_; }

  std::optional<std::string> wait(std::chrono::milliseconds most,
                                  std::span<const int> descriptors) {
    if (auto answer = go_on())
      return answer;
    std::vector<curl_waitfd> others;
    for (const auto each : descriptors)
      others.push_back({each, CURL_WAIT_POLLIN, 0});
    check(::curl_multi_poll(multi_.get(), others.data(), static_cast<unsigned>(others.size()),
                            static_cast<int>(most.count()), nullptr));
    return go_on();
  }

private:
  static void check(CURLMcode code) {
    if (code != CURLM_OK)
      throw std::runtime_error{std::string{"libcurl fails: "} + ::curl_multi_strerror(code)};
  }

  /// libcurl's way: anything but `size * count` ends the transfer.
  static std::size_t take(const char* octets, std::size_t size, std::size_t count,
                          void* self) noexcept {
    auto& into = *static_cast<impl*>(self);
    const auto length = size * count;
    into.is_too_large_ = length > most_octets - into.content_.size();
    if (into.is_too_large_)
      return 0;
    try {
      into.content_.append(octets, length);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return length;
  }

  void give_up() noexcept {
    if (std::exchange(is_asking_, false))
      ::curl_multi_remove_handle(multi_.get(), easy_.get());
  }

  std::optional<std::string> go_on() {
    auto running = 0;
    check(::curl_multi_perform(multi_.get(), &running));
    auto left = 0;
    while (const auto* message = ::curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      const auto result = message->data.result; // the message goes with the handle
      judge(result);
      return std::move(content_);
    }
    return std::nullopt;
  }

  /// Ends the question. Throws unless it was answered.
  void judge(CURLcode result) {
    long error = 0;
    long status = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &error);
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    give_up();
    if (result != CURLE_OK)
      throw std::runtime_error{explain(result, static_cast<int>(error))};
    if (status != ok)
      throw std::runtime_error{explain_status(status)};
  }

  [[nodiscard]] std::string explain(CURLcode result, int error) const {
    const auto name = printable(where_.name());
    const auto why = error != 0 ? std::generic_category().message(error)
                                : std::string{::curl_easy_strerror(result)};
    if (is_too_large_)
      return "what listens at " + name
             + " answers with more than 16 MiB, as no admin listener does";
    if (result == CURLE_OPERATION_TIMEDOUT)
      return "no answer from " + name + " in " + std::to_string(patience.count()) + " s";
    if (error == EACCES || error == EPERM)
      return name + " may not be opened: " + why + "; ask as the user whom the server runs as";
    if (result == CURLE_COULDNT_CONNECT)
      return "nobody listens at " + name + ": " + why + "; is the server running with --admin?";
    if (result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_URL_MALFORMAT)
      return name + " can't be found: " + ::curl_easy_strerror(result);
    return "what listens at " + name + " does not answer as an admin listener does: " + why;
  }

  [[nodiscard]] std::string explain_status(long status) const {
    constexpr std::size_t longest = 200;
    const auto name = printable(where_.name());
    if (status == not_found)
      return "what listens at " + name + " is no admin listener: it has no /stalls";
    return "the question was answered with status " + std::to_string(status) + " by " + name
           + (content_.empty() ? "" : ": " + shorten(printable(content_), longest));
  }

  template <auto Free>
  struct freed_by {
    template <class Handle>
    void operator()(Handle* handle) const noexcept {
      Free(handle);
    }
  };

  admin_address where_;
  std::unique_ptr<CURLM, freed_by<&::curl_multi_cleanup>> multi_{::curl_multi_init()};
  std::unique_ptr<CURL, freed_by<&::curl_easy_cleanup>> easy_{::curl_easy_init()};
  std::string content_;
  bool is_asking_ = false;
  bool is_too_large_ = false;
};

admin_client::admin_client(admin_address where) : impl_{std::make_unique<impl>(std::move(where))} {}

admin_client::~admin_client() = default;

void admin_client::ask(const std::string& target) {
  impl_->ask(target);
}

bool admin_client::is_asking() const noexcept {
  return impl_->is_asking();
}

std::optional<std::string> admin_client::wait(std::chrono::milliseconds most,
                                              std::span<const int> descriptors) {
  return impl_->wait(most, descriptors);
}

std::string admin_client::get(const std::string& target) {
  ask(target);
  for (;;)
    if (auto answer = wait(patience))
      return *std::move(answer);
}

} // namespace sluice
