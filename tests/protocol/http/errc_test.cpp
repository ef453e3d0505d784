#include "sluice/protocol/errc.hpp"

#include <doctest/doctest.h>

#include <utility>

using sluice::errc;

TEST_CASE("errors carry the status to answer them with (RFC 9110 sec. 15)") {
  const std::pair<errc, unsigned> expected[] = {
    {errc::malformed_request, 400},
    {errc::unknown_method, 501},
    {errc::unsupported_version, 505},
    {errc::target_too_long, 414},
    {errc::malformed_target, 400},
    {errc::malformed_field, 400},
    {errc::field_section_too_large, 431},
    {errc::too_many_fields, 431},
    {errc::conflicting_framing, 400},
    {errc::malformed_content_length, 400},
    {errc::malformed_transfer_coding, 400},
    {errc::unsupported_transfer_coding, 501},
    {errc::malformed_chunk, 400},
    {errc::chunk_framing_too_large, 400},
    {errc::trailer_section_too_large, 431},
    {errc::malformed_host, 400},
    {errc::upgrade_method, 400},
    {errc::upgrade_version, 426},
    {errc::upgrade_key, 400},
    {errc::upgrade_not_asked, 426},
    {errc::upgrade_with_content, 400},
    {errc::upgrade_extensions, 400},
    {errc::upgrade_subprotocols, 400},
    {errc::malformed_response_field, 500},
    {errc::reserved_response_field, 500},
    {errc::malformed_response, 500},
    {errc::content_too_long, 500},
    {errc::content_too_short, 500},
  };
  for (const auto& each : expected) {
    const auto code = make_error_code(each.first);
    CAPTURE(code.message());
    CHECK(sluice::suggested_status(code) == each.second);
  }
}

TEST_CASE("errors carry the close code to fail the connection with (RFC 6455 sec. 7.4.1)") {
  CHECK(sluice::suggested_close_code(errc::frame_protocol_error) == 1002);
  CHECK(sluice::suggested_close_code(errc::invalid_utf8) == 1007);
  CHECK(sluice::suggested_close_code(errc::corrupt_deflate) == 1007);
  CHECK(sluice::suggested_close_code(errc::too_many_fragments) == 1008);
  CHECK(sluice::suggested_close_code(errc::deflate_ratio) == 1008);
  CHECK(sluice::suggested_close_code(errc::message_too_big) == 1009);
  CHECK(sluice::suggested_close_code(errc::malformed_request) == 1002);
}

TEST_CASE("codes of another category get the general answer") {
  const auto foreign = std::make_error_code(std::errc::invalid_argument);
  CHECK(sluice::suggested_status(foreign) == 500);
  CHECK(sluice::suggested_close_code(foreign) == 1002);
}

TEST_CASE("every error has a text of its own") {
  CHECK(std::string_view{sluice::protocol_category().name()} == "sluice");
  for (int code = 1; code <= static_cast<int>(errc::content_too_short); ++code) {
    CAPTURE(code);
    CHECK(sluice::protocol_category().message(code) != "unknown error");
  }
  CHECK(sluice::protocol_category().message(255) == "unknown error");
}
