#include "sluice/protocol/http/status.hpp"

#include <doctest/doctest.h>

using sluice::status;

TEST_CASE("reason phrases are those of the standards (RFC 9110 sec. 15)") {
  CHECK(reason_phrase(status::continue_) == "Continue");
  CHECK(reason_phrase(status::ok) == "OK");
  CHECK(reason_phrase(status::content_too_large) == "Content Too Large");
  CHECK(reason_phrase(status::request_header_fields_too_large)
        == "Request Header Fields Too Large");
  CHECK(reason_phrase(static_cast<status>(299)).empty());
}

TEST_CASE("1xx 204 and 304 never carry content (S24)") {
  CHECK(forbids_content(status::continue_));
  CHECK(forbids_content(static_cast<status>(199)));
  CHECK(forbids_content(status::no_content));
  CHECK(forbids_content(status::not_modified));
  CHECK_FALSE(forbids_content(status::ok));
  CHECK_FALSE(forbids_content(status::reset_content));
  CHECK_FALSE(forbids_content(status::not_found));
}
