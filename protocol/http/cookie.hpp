#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

class fields;

/// Whether a browser sends a cookie with requests that come from other sites.
enum class same_site : std::uint8_t { lax, strict, none };

/// A cookie that a response sets. By default it is kept for the session, from scripts, and from
/// other sites' requests. Source: RFC 6265 sec. 4.1, and its successor for SameSite
struct cookie {
  std::string name;
  std::string value;
  std::string path = "/";
  std::string domain;                          ///< empty: this host alone
  std::optional<std::chrono::seconds> max_age; ///< zero deletes it; absent: for the session
  bool http_only = true;
  bool secure = true; ///< browsers take it over plain HTTP from localhost alone
  same_site from = same_site::lax;
};

/// Adds a Set-Cookie line. Throws std::invalid_argument for a name that is no token, and for a
/// value, path or domain with an octet that would end it.
void set_cookie(fields& head, const cookie& what);

namespace http {

/// The value of the cookie called `name` in a request's head: the first. RFC 6265 sec. 4.2
[[nodiscard]] std::optional<std::string_view> find_cookie(const fields& head,
                                                          std::string_view name) noexcept;

} // namespace http

} // namespace sluice
