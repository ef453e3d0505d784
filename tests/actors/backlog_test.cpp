#include "sluice/actors/connection/backlog.hpp"

#include "sluice/actors/messages/messages.hpp"
#include "sluice/actors/messages/settings.hpp"

#include <caf/mailbox_element.hpp>
#include <caf/make_message.hpp>
#include <caf/system_messages.hpp>
#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace sluice;

namespace {

/// Elements as they come to a connection.
template <class Content>
caf::mailbox_element_ptr element_of(Content content, caf::message_id id = caf::make_message_id(1)) {
  return caf::make_mailbox_element(nullptr, id, {}, std::move(content));
}

caf::mailbox_element_ptr piece_of(std::size_t octets) {
  return element_of(response_content{sluice::octets{std::string(octets, 'x')}});
}

struct respond answer_of(response whole) {
  return {std::move(whole)};
}

settings small() {
  settings s;
  s.output_cap = 100;
  s.low_water = 10;
  return s;
}

const settings limits = small();

bool admits(backlog& waiting, const caf::mailbox_element_ptr& next, std::size_t held = 0) {
  const mail said{*next};
  return waiting.admit(said.kind, said.octets(), held, limits);
}

} // namespace

TEST_CASE("a message to a connection is known for what it is") {
  const auto kind_of = [](const caf::mailbox_element_ptr& what) { return mail{*what}.kind; };
  CHECK(kind_of(element_of(read_content{})) == mail_kind::read_content);
  CHECK(kind_of(element_of(answer_of({}))) == mail_kind::respond);
  CHECK(kind_of(element_of(begin_response{})) == mail_kind::begin_response);
  CHECK(kind_of(element_of(response_content{})) == mail_kind::response_content);
  CHECK(kind_of(element_of(end_response{})) == mail_kind::end_response);
  CHECK(kind_of(element_of(send_message{})) == mail_kind::send_message);
  CHECK(kind_of(element_of(send_close{})) == mail_kind::send_close);
  CHECK(kind_of(element_of(caf::down_msg{})) == mail_kind::down);
  CHECK(kind_of(element_of(caf::exit_msg{})) == mail_kind::exit);
  CHECK(kind_of(element_of(chunk{})) == mail_kind::unknown);
  CHECK(kind_of(element_of(chunk{}, caf::make_message_id(1).response_id())) == mail_kind::response);
}

TEST_CASE("what a message adds to the output is counted (S48)") {
  const auto octets_in = [](const caf::mailbox_element_ptr& what) { return mail{*what}.octets(); };
  const fields head{{"Name", "value"}};
  CHECK(octets_in(piece_of(7)) == 7);
  CHECK(octets_in(element_of(answer_of({status::ok, head, "content"}))) == head.octets() + 7);
  CHECK(octets_in(element_of(begin_response{status::ok, head, {}})) == head.octets());
  CHECK(octets_in(element_of(end_response{head})) == head.octets());
  CHECK(octets_in(element_of(send_message{{message_kind::text, octets{std::string{"text"}}}}))
        == 4);
  CHECK(octets_in(element_of(read_content{})) == 0);
}

TEST_CASE("so many messages wait as may (S48)") {
  backlog waiting;
  CHECK(waiting.empty());
  const auto one = element_of(send_close{});
  for (std::size_t i = 0; i < most_waiting_sends; ++i)
    REQUIRE(admits(waiting, one));
  CHECK_FALSE(admits(waiting, one));
  CHECK_FALSE(waiting.empty());
  waiting.remove(0);
  CHECK(admits(waiting, one));
}

TEST_CASE("so many octets wait as the output takes, and what is in it counts (S48)") {
  backlog waiting;
  CHECK_FALSE(admits(waiting, piece_of(111)));
  CHECK(admits(waiting, piece_of(60)));
  CHECK_FALSE(admits(waiting, piece_of(51)));
  CHECK_FALSE(admits(waiting, piece_of(50), 1));
  CHECK(admits(waiting, piece_of(50)));
  CHECK(admits(waiting, piece_of(0))); // nothing finds room
  waiting.remove(60);
  CHECK_FALSE(admits(waiting, piece_of(61)));
  CHECK(admits(waiting, piece_of(60)));
}

TEST_CASE("a demand finds room where sends do not, up to as many again (S48)") {
  backlog waiting;
  const auto demand = element_of(read_content{});
  for (std::size_t i = 0; i < 2 * most_waiting_sends; ++i)
    REQUIRE(admits(waiting, demand));
  CHECK_FALSE(admits(waiting, demand));
}

TEST_CASE("what the protocol bounds always finds room (S48)") {
  backlog waiting;
  const auto demand = element_of(read_content{});
  while (admits(waiting, demand)) {}
  CHECK(admits(waiting, element_of(caf::down_msg{})));
  CHECK(admits(waiting, element_of(caf::exit_msg{})));
  CHECK(admits(waiting, element_of(chunk{}, caf::make_message_id(1).response_id())));
}
