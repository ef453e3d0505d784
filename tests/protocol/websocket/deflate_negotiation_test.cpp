#include "sluice/protocol/websocket/deflate_negotiation.hpp"

#include "sluice/protocol/errc.hpp"
#include "sluice/protocol/websocket/handshake.hpp"

#include <doctest/doctest.h>

#include <ostream> // doctest prints error codes
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::websocket;

namespace {

/// The response to a client that sends `offers`, or "none".
std::string answer(std::string_view offers, const deflate_options& own = {}) {
  const auto agreed = negotiate_deflate({{"Sec-WebSocket-Extensions", offers}}, own);
  return agreed ? agreed->response : "none";
}

deflate_options with_bits(int server, int client) {
  deflate_options own;
  own.server_max_window_bits = server;
  own.client_max_window_bits = client;
  return own;
}

/// "takeover server/client, bits server/client"
std::string terms(std::string_view offers, const deflate_options& own = {}) {
  const auto agreed = negotiate_deflate({{"Sec-WebSocket-Extensions", offers}}, own);
  if (!agreed)
    return "none";
  const auto& all = agreed->terms;
  return std::string{all.server_no_context_takeover ? "no" : "yes"} + '/'
         + (all.client_no_context_takeover ? "no" : "yes") + ' '
         + std::to_string(all.server_max_window_bits) + '/'
         + std::to_string(all.client_max_window_bits);
}

} // namespace

TEST_CASE("a plain offer is accepted as it is (RFC 7692 sec. 7.1)") {
  CHECK(answer("permessage-deflate") == "permessage-deflate");
  CHECK(terms("permessage-deflate") == "yes/yes 15/15");
  CHECK(answer("PerMessage-Deflate") == "permessage-deflate");
  CHECK(answer("permessage-deflate; client_max_window_bits") == "permessage-deflate");
}

TEST_CASE("without an offer there is no agreement (RFC 7692 sec. 5)") {
  CHECK_FALSE(negotiate_deflate({}, {}));
  CHECK(answer("") == "none");
  CHECK(answer("x-webkit-deflate-frame") == "none");
  CHECK(answer("permessage-bzip2, permessage-deflat") == "none");
}

TEST_CASE("context takeover is left away where either side wants it (RFC 7692 sec. 7.1.1)") {
  CHECK(answer("permessage-deflate; server_no_context_takeover")
        == "permessage-deflate; server_no_context_takeover");
  CHECK(answer("permessage-deflate; client_no_context_takeover")
        == "permessage-deflate; client_no_context_takeover");
  CHECK(terms("permessage-deflate; server_no_context_takeover") == "no/yes 15/15");
  CHECK(terms("permessage-deflate; client_no_context_takeover") == "yes/no 15/15");
  deflate_options own;
  own.server_no_context_takeover = own.client_no_context_takeover = true;
  CHECK(answer("permessage-deflate", own)
        == "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  CHECK(terms("permessage-deflate", own) == "no/no 15/15");
}

TEST_CASE("the server's window is the smaller of both wishes (RFC 7692 sec. 7.1.2.1)") {
  const std::string_view offer = "permessage-deflate; server_max_window_bits=12";
  CHECK(answer(offer) == "permessage-deflate; server_max_window_bits=12");
  CHECK(terms(offer) == "yes/yes 12/15");
  CHECK(answer(offer, with_bits(10, 15)) == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer(offer, with_bits(13, 15)) == "permessage-deflate; server_max_window_bits=12");
  CHECK(answer("permessage-deflate; server_max_window_bits=15")
        == "permessage-deflate; server_max_window_bits=15");
  CHECK(answer("permessage-deflate", with_bits(9, 15))
        == "permessage-deflate; server_max_window_bits=9");
}

TEST_CASE("a server window of 8 bits is declined because zlib has none (RFC 7692 sec. 7.1.2.1)") {
  CHECK(answer("permessage-deflate; server_max_window_bits=8") == "none");
  CHECK(answer("permessage-deflate; server_max_window_bits=9")
        == "permessage-deflate; server_max_window_bits=9");
  CHECK(answer("permessage-deflate; server_max_window_bits=8, permessage-deflate")
        == "permessage-deflate");
}

TEST_CASE("the client's window is the smaller of both wishes (RFC 7692 sec. 7.1.2.2)") {
  CHECK(answer("permessage-deflate; client_max_window_bits=10")
        == "permessage-deflate; client_max_window_bits=10");
  CHECK(terms("permessage-deflate; client_max_window_bits=8") == "yes/yes 15/8");
  CHECK(answer("permessage-deflate; client_max_window_bits=15") == "permessage-deflate");
  const auto small = with_bits(15, 11);
  CHECK(answer("permessage-deflate; client_max_window_bits", small)
        == "permessage-deflate; client_max_window_bits=11");
  CHECK(answer("permessage-deflate; client_max_window_bits=10", small)
        == "permessage-deflate; client_max_window_bits=10");
  CHECK(answer("permessage-deflate; client_max_window_bits=12", small)
        == "permessage-deflate; client_max_window_bits=11");
}

TEST_CASE("a client that can't be told of a smaller window is declined (RFC 7692 sec. 7.1.2.2)") {
  CHECK(answer("permessage-deflate", with_bits(15, 14)) == "none");
  CHECK(answer("permessage-deflate, permessage-deflate; client_max_window_bits", with_bits(15, 14))
        == "permessage-deflate; client_max_window_bits=14");
}

TEST_CASE("an offer with a parameter that it may not have is declined (RFC 7692 sec. 7.1)") {
  for (const std::string_view parameters :
       {"unknown",
        "unknown=1",
        "server_no_context_takeover=1",
        "client_no_context_takeover=true",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits",
        "server_max_window_bits=7",
        "server_max_window_bits=16",
        "server_max_window_bits=010",
        "server_max_window_bits=10; server_max_window_bits=10",
        "server_max_window_bits=1",
        "server_max_window_bits=100",
        "server_max_window_bits=a",
        "server_max_window_bits=1a",
        "server_max_window_bits=-9",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "client_max_window_bits=08",
        "client_max_window_bits; client_max_window_bits=10",
        "client_max_window_bits=+9"}) {
    CAPTURE(parameters);
    const auto offer = "permessage-deflate; " + std::string{parameters};
    CHECK(answer(offer) == "none");
    CHECK(answer(offer + ", permessage-deflate") == "permessage-deflate");
  }
}

TEST_CASE("the first acceptable offer wins (RFC 7692 sec. 5.1)") {
  CHECK(answer("permessage-deflate; server_max_window_bits=10, permessage-deflate")
        == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer("x; y=1, permessage-deflate; z, permessage-deflate; client_no_context_takeover, "
               "permessage-deflate")
        == "permessage-deflate; client_no_context_takeover");
  const auto agreed = negotiate_deflate(
    {{"Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=8"},
     {"sec-websocket-extensions", "permessage-deflate; server_max_window_bits=9"}},
    {});
  REQUIRE(agreed);
  CHECK(agreed->response == "permessage-deflate; server_max_window_bits=9");
}

TEST_CASE("values may be quoted and whitespace may stand between (RFC 6455 sec. 9.1)") {
  CHECK(answer("permessage-deflate; server_max_window_bits=\"10\"")
        == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer("permessage-deflate; server_max_window_bits=\"1\\0\"")
        == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer("permessage-deflate;server_max_window_bits=10;client_max_window_bits")
        == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer(" , ,permessage-deflate \t; server_max_window_bits = 10 , x,")
        == "permessage-deflate; server_max_window_bits=10");
  CHECK(answer("x; y=\"a,b\", permessage-deflate") == "none"); // what is quoted must be a token
}

TEST_CASE("a malformed list of extensions is refused (RFC 6455 sec. 9.1)") {
  request head;
  head.fields = {{"Host", "a"},
                 {"Upgrade", "websocket"},
                 {"Connection", "Upgrade"},
                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                 {"Sec-WebSocket-Version", "13"}};
  REQUIRE_FALSE(check_handshake(head));
  for (const std::string_view list :
       {";", "permessage-deflate;", "permessage-deflate; ;",
        "permessage-deflate; a=", "permessage-deflate; =1", "permessage-deflate; a=\"\"",
        "permessage-deflate; a=\"1", "permessage-deflate; a=\"1\\", "permessage-deflate; a=\" 1\"",
        "permessage-deflate; a=1 2", "permessage-deflate x", "a b, permessage-deflate",
        "permessage-deflate; a=\"1\"2", "/", "permessage-deflate; a=(1)"}) {
    CAPTURE(list);
    head.fields.set("Sec-WebSocket-Extensions", list);
    CHECK(check_handshake(head) == errc::upgrade_extensions);
    CHECK_FALSE(negotiate_deflate(head.fields, {}));
  }
  for (const std::string_view list : {"", ",", "permessage-deflate", "x; y; z=1"}) {
    head.fields.set("Sec-WebSocket-Extensions", list);
    CHECK_FALSE(check_handshake(head));
  }
  head.fields.add("Sec-WebSocket-Extensions", "x;");
  CHECK(check_handshake(head) == errc::upgrade_extensions);
}

TEST_CASE("options that zlib can't do are named (deflate_options.hpp)") {
  CHECK(fault_of({}).empty());
  CHECK(fault_of(with_bits(9, 9)).empty());
  for (const int bits : {-1, 0, 8, 16}) {
    CHECK_FALSE(fault_of(with_bits(bits, 15)).empty());
    CHECK_FALSE(fault_of(with_bits(15, bits)).empty());
  }
  for (const int level : {0, 10}) {
    deflate_options own;
    own.memory_level = level;
    CHECK_FALSE(fault_of(own).empty());
    own = {};
    own.compression_level = level;
    CHECK_FALSE(fault_of(own).empty());
  }
}
