#include "sluice/actors/net/peer_list.hpp"

#include <doctest/doctest.h>

#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace sluice;

namespace {

sockaddr_storage peer_at(const std::string& address) {
  sockaddr_storage made{};
  if (address == "unix") {
    made.ss_family = AF_UNIX;
  } else if (auto& four = reinterpret_cast<sockaddr_in&>(made);
             ::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
    made.ss_family = AF_INET;
  } else {
    auto& six = reinterpret_cast<sockaddr_in6&>(made);
    REQUIRE(::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1);
    made.ss_family = AF_INET6;
  }
  return made;
}

bool holds(std::string_view list, const std::string& address) {
  const auto read = peer_list::parse(list);
  REQUIRE(read);
  return read->contains(peer_at(address));
}

} // namespace

TEST_CASE("a list of peers holds addresses, networks and Unix sockets (peer_list.hpp)") {
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.0.2.128/25", "192.0.2.128"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::1", "::1"));
  CHECK_FALSE(holds("::1", "::2"));
  CHECK(holds("fd00::/8", "fdff::1"));
  CHECK_FALSE(holds("fd00::/8", "fe00::1"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(holds("unix", "unix"));
  CHECK_FALSE(holds("unix", "127.0.0.1"));
  CHECK_FALSE(holds("127.0.0.1", "unix"));
  CHECK(holds(" ::1 , unix,10.0.0.0/8", "10.1.2.3"));
}

TEST_CASE("an IPv4 peer is the same at a socket for both (peer_list.hpp)") {
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK_FALSE(holds("10.0.0.0/8", "::ffff:11.1.2.3"));
  CHECK_FALSE(holds("10.0.0.0/8", "::10.1.2.3"));
  CHECK(holds("::ffff:10.1.2.3", "10.1.2.3"));
}

TEST_CASE("an empty list holds nobody (peer_list.hpp)") {
  for (const auto* text : {"", "  "}) {
    CHECK(peer_list::parse(text)->empty());
    CHECK_FALSE(holds(text, "127.0.0.1"));
    CHECK_FALSE(holds(text, "unix"));
  }
  CHECK_FALSE(peer_list::parse("unix")->empty());
}

TEST_CASE("what is no list is refused (peer_list.hpp)") {
  for (const auto* text : {"localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1",
                           "10.0.0.0/8x", "10.0.0", "unix,", ",", "10.0.0.0/ 8", "[::1]"}) {
    CAPTURE(text);
    CHECK_FALSE(peer_list::parse(text));
  }
}
