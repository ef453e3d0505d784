#include "sluice/server/files/content_type.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;

TEST_CASE("what stands behind the last dot of a name is its extension (content_type.hpp)") {
  CHECK(content_type_of("a.html") == "text/html; charset=utf-8");
  CHECK(content_type_of("a.HtMl") == "text/html; charset=utf-8");
  CHECK(content_type_of("a.tar.gz") == "application/gzip");
  CHECK(content_type_of("a.css.txt") == "text/plain; charset=utf-8");
  CHECK(content_type_of(".txt") == "text/plain; charset=utf-8");
  CHECK(content_type_of("a b/c.d/e.svg") == "image/svg+xml");
}

TEST_CASE("a name without a known extension is of no known type (content_type.hpp)") {
  for (const auto* name : {"", "html", "a.", "a.htmlx", "a.htm l", "dir.html/a", "a.html/"}) {
    CAPTURE(name);
    CHECK(content_type_of(name) == "application/octet-stream");
  }
}
