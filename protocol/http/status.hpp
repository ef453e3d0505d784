#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// Status codes of RFC 9110 sec. 15, RFC 6585 and RFC 4918 that a server sends.
/// Any other three-digit code can be had by `static_cast<status>(299)`.
enum class status : std::uint16_t {
  continue_ = 100,
  switching_protocols = 101,
  ok = 200,
  created = 201,
  accepted = 202,
  non_authoritative_information = 203,
  no_content = 204,
  reset_content = 205,
  partial_content = 206,
  multiple_choices = 300,
  moved_permanently = 301,
  found = 302,
  see_other = 303,
  not_modified = 304,
  temporary_redirect = 307,
  permanent_redirect = 308,
  bad_request = 400,
  unauthorized = 401,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  not_acceptable = 406,
  request_timeout = 408,
  conflict = 409,
  gone = 410,
  length_required = 411,
  precondition_failed = 412,
  content_too_large = 413,
  uri_too_long = 414,
  unsupported_media_type = 415,
  range_not_satisfiable = 416,
  expectation_failed = 417,
  misdirected_request = 421,
  unprocessable_content = 422,
  upgrade_required = 426,
  precondition_required = 428,
  too_many_requests = 429,
  request_header_fields_too_large = 431,
  internal_server_error = 500,
  not_implemented = 501,
  bad_gateway = 502,
  service_unavailable = 503,
  gateway_timeout = 504,
  http_version_not_supported = 505,
  insufficient_storage = 507,
};

/// The code as a number.
[[nodiscard]] constexpr std::uint16_t code_of(status value) noexcept {
  return static_cast<std::uint16_t>(value);
}

/// The reason phrase of the standard that defines the code; empty for other codes.
[[nodiscard]] std::string_view reason_phrase(status value) noexcept;

/// Whether a response with this code never carries content: 1xx, 204, 304. RFC 9110 sec. 6.4.1
[[nodiscard]] constexpr bool forbids_content(status value) noexcept {
  const auto code = code_of(value);
  return code < 200 || code == 204 || code == 304;
}

} // namespace sluice
