#include "sluice/actors/caf/message_type.hpp"

#include "sluice/actors/caf/bare_element.hpp"
#include "sluice/actors/messages/messages.hpp"

#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/system_messages.hpp>
#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("a message of one element has the type of that, and no other") {
  const auto ours = caf::make_message(chunk{});
  CHECK(message_type{ours.content()}.is<chunk>());
  CHECK_FALSE(message_type{ours.content()}.is<message>());
  CHECK_FALSE(message_type{ours.content()}.is<caf::down_msg>());

  const auto theirs = caf::make_message(caf::down_msg{{}, {}});
  CHECK(message_type{theirs.content()}.is<caf::down_msg>());
  CHECK_FALSE(message_type{theirs.content()}.is<caf::exit_msg>());
  CHECK_FALSE(message_type{theirs.content()}.is<chunk>());
}

TEST_CASE("a message of none or of several elements has none of these types") {
  const auto two = caf::make_message(chunk{}, chunk{});
  CHECK_FALSE(message_type{two.content()}.is<chunk>());
  const bare_element none{nullptr, caf::make_message_id()};
  CHECK_FALSE(message_type{none.content()}.is<chunk>());
}
