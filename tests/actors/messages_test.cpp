#include "sluice/actors/messages/messages.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice;

namespace {

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("testing"));
    sluice::add_message_types(*this);
  }
};

struct system_fixture {
  config options;
  caf::actor_system system{options};

  /// `x` as it arrives on another node: by its name and its octets.
  template <class Message>
  Message transferred(const Message& x) {
    std::vector<char> buffer;
    auto sent = caf::make_message(x);
    caf::binary_serializer sink{system, buffer};
    REQUIRE_FALSE(sink(sent));
    caf::message received;
    caf::binary_deserializer source{system, buffer};
    REQUIRE_FALSE(source(received));
    REQUIRE(source.remaining() == 0);
    REQUIRE(received.match_elements<Message>());
    return received.get_as<Message>(0);
  }

  template <class Message>
  bool is_registered() {
    return system.types().make_value(typeid(Message)) != nullptr;
  }
};

octets some(std::string_view text) {
  return octets{text};
}

const fields sample_fields{{"Content-Type", "text/plain"}, {"X-Empty", ""}, {"x-two", "a, b"}};

/// Every octet there is, NUL included.
std::string every_octet() {
  std::string all;
  for (int value = 0; value < 256; ++value)
    all.push_back(static_cast<char>(value));
  return all;
}

} // namespace

TEST_CASE_FIXTURE(system_fixture, "a chunk survives serialisation with every octet") {
  for (const auto& text : {std::string{}, std::string{"x"}, every_octet(), std::string(70000, 'y')})
    CHECK(transferred(chunk{some(text)}).content.text() == text);
}

TEST_CASE_FIXTURE(system_fixture, "octets survive serialisation on their own") {
  CHECK(transferred(some(every_octet())) == some(every_octet()));
  CHECK(transferred(octets{}).empty());
}

TEST_CASE_FIXTURE(
  system_fixture,
  "a message survives serialisation with its kind and whether it is the last part") {
  for (const auto kind : {message_kind::text, message_kind::binary})
    for (const auto is_last : {true, false}) {
      const auto copy = transferred(message{kind, some("Hello"), is_last});
      CHECK(copy.kind == kind);
      CHECK(copy.text() == "Hello");
      CHECK(copy.is_last == is_last);
    }
}

TEST_CASE_FIXTURE(system_fixture, "control messages survive serialisation") {
  CHECK(transferred(end_of_content{sample_fields}).trailers == sample_fields);
  CHECK(transferred(end_of_content{}).trailers.empty());
  const auto event = transferred(closed{4000, "bye"});
  CHECK(event.code == 4000);
  CHECK(event.reason == "bye");
  [[maybe_unused]] const auto demand = transferred(read_content{});
}

TEST_CASE_FIXTURE(system_fixture, "every reason to cancel survives serialisation (S44)") {
  for (const auto reason :
       {cancel_reason::peer_closed, cancel_reason::peer_reset, cancel_reason::peer_vanished,
        cancel_reason::client_deadline, cancel_reason::write_deadline,
        cancel_reason::handler_deadline, cancel_reason::protocol_error,
        cancel_reason::limit_exceeded, cancel_reason::answered, cancel_reason::draining,
        cancel_reason::no_memory}) {
    CHECK(transferred(cancelled{reason}).reason == reason);
    CHECK(to_string(reason) != "unknown");
  }
}

TEST_CASE_FIXTURE(system_fixture, "a whole response survives serialisation") {
  const auto copy = transferred(respond{{status::created, sample_fields, every_octet()}}).whole;
  CHECK(copy.status == status::created);
  CHECK(copy.fields == sample_fields);
  CHECK(copy.content == every_octet());
}

TEST_CASE_FIXTURE(system_fixture,
                  "the head of a response survives serialisation with and without a length") {
  using length = std::optional<std::uint64_t>;
  for (const auto& octets : {length{}, length{0}, length{1}, length{0xffff'ffff'ffff'ffff}}) {
    const auto copy = transferred(begin_response{status::partial_content, sample_fields, octets});
    CHECK(copy.status == status::partial_content);
    CHECK(copy.fields == sample_fields);
    CHECK(copy.length == octets);
  }
}

TEST_CASE_FIXTURE(system_fixture, "pieces of a response survive serialisation") {
  CHECK(transferred(response_content{some("piece")}).content.text() == "piece");
  CHECK(transferred(end_response{sample_fields}).trailers == sample_fields);
}

TEST_CASE_FIXTURE(system_fixture, "what a WebSocket handler sends survives serialisation") {
  const auto copy = transferred(send_message{{message_kind::text, some("Hello"), false}}).content;
  CHECK(copy.kind == message_kind::text);
  CHECK(copy.text() == "Hello");
  CHECK_FALSE(copy.is_last);
  const auto farewell = transferred(send_close{close_code::going_away, "restart"});
  CHECK(farewell.code == close_code::going_away);
  CHECK(farewell.reason == "restart");
}

TEST_CASE_FIXTURE(system_fixture, "every message is registered with CAF") {
  CHECK(is_registered<octets>());
  CHECK(is_registered<chunk>());
  CHECK(is_registered<message>());
  CHECK(is_registered<end_of_content>());
  CHECK(is_registered<closed>());
  CHECK(is_registered<cancelled>());
  CHECK(is_registered<read_content>());
  CHECK(is_registered<respond>());
  CHECK(is_registered<begin_response>());
  CHECK(is_registered<response_content>());
  CHECK(is_registered<end_response>());
  CHECK(is_registered<send_message>());
  CHECK(is_registered<send_close>());
}

TEST_CASE_FIXTURE(system_fixture, "a message cut short is an error") {
  const respond whole{{status::ok, sample_fields, "Hello"}};
  std::vector<char> buffer;
  caf::binary_serializer sink{system, buffer};
  REQUIRE_FALSE(sink(whole));
  for (std::size_t size = 0; size < buffer.size(); ++size) {
    CAPTURE(size);
    const std::vector<char> part(buffer.begin(),
                                 buffer.begin() + static_cast<std::ptrdiff_t>(size));
    respond received;
    caf::binary_deserializer source{system, part};
    CHECK(source(received));
  }
}

TEST_CASE("a refusal can be told from the error that carries it") {
  for (const auto why : {refusal::not_current, refusal::already_answered, refusal::not_begun,
                         refusal::output_full, refusal::malformed, refusal::length_mismatch,
                         refusal::wrong_protocol, refusal::close_sent}) {
    CHECK(refusal_of(make_error(why)) == why);
    CHECK(to_string(why) != "unknown");
  }
  CHECK_FALSE(refusal_of(caf::error{}));
  CHECK_FALSE(refusal_of(caf::make_error(caf::sec::request_receiver_down)));
}
