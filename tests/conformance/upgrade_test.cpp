// The way from HTTP to WebSocket: RFC 9110 sec. 7.8, RFC 6455 sec. 4.2.

#include "tests/conformance/subject.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

using namespace sluice;
using namespace sluice::testing;
using namespace std::string_literals;

namespace {

struct line {
  std::string_view name;
  std::string_view value;
};

/// An opening handshake with `change` in the place of the lines of that name.
std::string with(std::string_view start, const std::vector<line>& changes) {
  fields lines{{"Host", "a"},
               {"Upgrade", "websocket"},
               {"Connection", "Upgrade"},
               {"Sec-WebSocket-Version", "13"},
               {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  for (const auto& [name, value] : changes)
    lines.remove(name);
  for (const auto& [name, value] : changes)
    if (value != "none")
      lines.add(name, value);
  std::string all{start};
  all += "\r\n";
  for (const auto one : lines)
    all.append(one.name).append(": ").append(one.value).append("\r\n");
  return all + "\r\n";
}

router routes() {
  router all;
  all.web_socket("/echo", [](web_socket& socket) -> task {
    while (auto next = co_await socket.next())
      co_await socket.send(*next);
  });
  all.get("/both", [](const request&) { return text("page"); });
  all.web_socket("/both", [](web_socket& socket) -> task { co_await socket.send_text("socket"); });
  all.get("/", [](const request&) { return text("fine"); });
  return all;
}

constexpr std::string_view get_echo = "GET /echo HTTP/1.1";

} // namespace

TEST_CASE("a handshake that is none is refused as HTTP and the connection goes on (S26)") {
  const auto all = routes();
  test_server server{all};
  struct refused {
    std::string_view name;
    std::string wire;
    std::string_view status;
  };
  for (const auto& one : std::vector<refused>{
         {"no Upgrade", with(get_echo, {{"Upgrade", "none"}}), "426"},
         {"another protocol", with(get_echo, {{"Upgrade", "h2c"}}), "426"},
         {"a version of the protocol", with(get_echo, {{"Upgrade", "websocket/13"}}), "426"},
         {"no Connection", with(get_echo, {{"Connection", "none"}}), "426"},
         {"another option", with(get_echo, {{"Connection", "keep-alive"}}), "426"},
         {"half an option", with(get_echo, {{"Connection", "Upgrade-Insecure-Requests"}}), "426"},
         {"no version", with(get_echo, {{"Sec-WebSocket-Version", "none"}}), "426"},
         {"an old version", with(get_echo, {{"Sec-WebSocket-Version", "8"}}), "426"},
         {"a list of versions", with(get_echo, {{"Sec-WebSocket-Version", "13, 8"}}), "426"},
         {"two versions",
          with(get_echo, {{"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Version", "8"}}), "426"},
         {"no key", with(get_echo, {{"Sec-WebSocket-Key", "none"}}), "400"},
         {"an empty key", with(get_echo, {{"Sec-WebSocket-Key", ""}}), "400"},
         {"a short key", with(get_echo, {{"Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="}}), "400"},
         {"a key that is no base64",
          with(get_echo, {{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!=="}}), "400"},
         {"two keys",
          with(get_echo, {{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}),
          "400"},
         {"POST", with("POST /echo HTTP/1.1", {}), "405"},
         {"HEAD", with("HEAD /echo HTTP/1.1", {}), "400"},
         {"content", with(get_echo, {{"Content-Length", "3"}}) + "abc", "400"},
         {"chunked content", with(get_echo, {{"Transfer-Encoding", "chunked"}}) + "0\r\n\r\n",
          "400"},
         {"no route", with("GET /nowhere HTTP/1.1", {}), "404"},
       }) {
    CAPTURE(one.name);
    raw_client client{server.port()};
    client.send(one.wire);
    const auto head = client.receive_until("\r\n\r\n");
    CHECK(status_of(head) == one.status);
    CHECK(head.find("Sec-WebSocket-Accept") == std::string::npos);
    if (one.status == "426") {
      CHECK(head.find("\r\nUpgrade: websocket\r\n") != std::string::npos);
      CHECK(head.find("\r\nConnection: upgrade\r\n") != std::string::npos);
      CHECK(head.find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos);
    }
    // Chunked content of which nobody knows the length ends the connection; all else leaves it be.
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(client.receive_all().ends_with("\r\n\r\nfine") == (one.name != "chunked content"));
  }
}

TEST_CASE("HEAD on the path of a WebSocket is answered like GET but for the content (RFC 9110 sec. "
          "9.3.2)") {
  const auto all = routes();
  test_server server{all};
  const auto lines = " /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"s;
  const auto answer_to = [&](const std::string& request) {
    raw_client client{server.port()};
    client.send(request);
    auto answer = client.receive_all();
    answer.erase(answer.find("\r\nDate: "), std::string_view{"\r\nDate: "}.size() + 29);
    return answer;
  };
  const auto to_get = answer_to("GET" + lines);
  const auto to_head = answer_to("HEAD" + lines);
  CHECK(status_of(to_get) == "426");
  CHECK(to_head == to_get.substr(0, to_get.find("\r\n\r\n") + 4));
  CHECK(answer_to("OPTIONS" + lines).find("\r\nAllow: GET, HEAD, OPTIONS\r\n")
        != std::string::npos);
}

TEST_CASE("subprotocols that are no list of different tokens are refused (RFC 6455 sec. 4.1)") {
  router all;
  all.web_socket("/echo", [](web_socket&) -> task { co_return; }).subprotocol("foo");
  all.get("/", [](const request&) { return text("fine"); });
  test_server server{all};
  raw_client client{server.port()};
  for (const auto& offer : std::vector<std::vector<line>>{
         {{"Sec-WebSocket-Protocol", "f@o"}},
         {{"Sec-WebSocket-Protocol", "foo;bar"}},
         {{"Sec-WebSocket-Protocol", "foo bar"}},
         {{"Sec-WebSocket-Protocol", "\"foo\""}},
         {{"Sec-WebSocket-Protocol", "foo,foo"}},
         {{"Sec-WebSocket-Protocol", "foo, bar, foo"}},
         {{"Sec-WebSocket-Protocol", "foo"}, {"Sec-WebSocket-Protocol", "foo"}},
         {{"Sec-WebSocket-Protocol", "foo"}, {"Sec-WebSocket-Protocol", "f@o"}},
         {{"Sec-WebSocket-Protocol", ","}},
         {{"Sec-WebSocket-Protocol", ""}},
       }) {
    CAPTURE(offer.front().value);
    client.send(with(get_echo, offer));
    CHECK(status_of(client.receive_response()) == "400");
  }
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.receive_all().ends_with("\r\n\r\nfine"));
}

TEST_CASE(
  "a subprotocol is chosen octet by octet and in the order of the route (RFC 6455 sec. 4.2.2)") {
  router all;
  all
    .web_socket("/echo",
                [](web_socket& socket) -> task {
                  co_await socket.send_text("<" + std::string{socket.subprotocol()} + ">");
                })
    .subprotocol("v2.chat")
    .subprotocol("v1.chat");
  test_server server{all};
  struct negotiation {
    std::vector<line> offer;
    std::string chosen;
  };
  for (const auto& one : std::vector<negotiation>{
         {{}, ""},
         {{{"Sec-WebSocket-Protocol", "v1.chat"}}, "v1.chat"},
         {{{"Sec-WebSocket-Protocol", "v1.chat, v2.chat"}}, "v2.chat"},
         {{{"Sec-WebSocket-Protocol", "other ,\tv1.chat,, V2.chat"}}, "v1.chat"},
         {{{"Sec-WebSocket-Protocol", "v1.chat"}, {"Sec-WebSocket-Protocol", "v2.chat"}},
          "v2.chat"},
         {{{"Sec-WebSocket-Protocol", "V1.Chat"}}, ""},
         {{{"Sec-WebSocket-Protocol", "v1"}}, ""},
       }) {
    const auto& chosen = one.chosen;
    CAPTURE(chosen);
    raw_client client{server.port()};
    client.send(with(get_echo, one.offer));
    const auto head = client.receive_until("\r\n\r\n");
    CHECK(status_of(head) == "101");
    CHECK(count_of(head, "Sec-WebSocket-Protocol") == (chosen.empty() ? 0 : 1));
    if (!chosen.empty())
      CHECK(head.find("\r\nSec-WebSocket-Protocol: " + chosen + "\r\n") != std::string::npos);
    const auto said = "<" + chosen + ">";
    CHECK(client.receive(2 + said.size()).substr(2) == said);
  }
}

TEST_CASE("every form of handler sees the subprotocol that was chosen (RFC 6455 sec. 4.2.2)") {
  const auto seen = std::make_shared<observed<std::string>>();
  router all;
  all
    .web_socket("/function",
                [](const request& head, const message&) {
                  return std::optional{message{message_kind::text, octets{head.subprotocol}}};
                })
    .subprotocol("chat");
  all
    .web_socket("/behavior",
                behavior_handler{[seen](caf::event_based_actor* self, const request& head,
                                        const caf::actor&) -> caf::behavior {
                  seen->update([&](auto& text) { text = head.subprotocol; });
                  return {[self](const closed&) { self->quit(); },
                          [self](const cancelled&) { self->quit(); }};
                }})
    .subprotocol("chat");
  test_server server{all};
  raw_client function{server.port()};
  function.send(with("GET /function HTTP/1.1", {{"Sec-WebSocket-Protocol", "chat, talk"}})
                + client_frame(0x81, "which?"));
  CHECK(function.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  CHECK(function.receive(6)
        == "\x81\x04"
           "chat");
  raw_client behavior{server.port()};
  behavior.send(with("GET /behavior HTTP/1.1", {{"Sec-WebSocket-Protocol", "talk, chat"}}));
  CHECK(behavior.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  CHECK(seen->wait([](const auto& text) { return text == "chat"; }));
}

TEST_CASE("an upgrade asked for in HTTP/1.0 is ignored (S26)") {
  const auto all = routes();
  test_server server{all};
  raw_client client{server.port()};
  client.send(with("GET /both HTTP/1.0", {{"Connection", "Upgrade, keep-alive"}}));
  CHECK(client.receive_response().ends_with("\r\n\r\npage"));
  client.send(with("GET /echo HTTP/1.0", {}));
  CHECK(status_of(client.receive_all()) == "400");
}

TEST_CASE("Connection and Upgrade are lists whose tokens have no case (S26)") {
  const auto all = routes();
  test_server server{all};
  for (const auto& lines : std::vector<std::vector<line>>{
         {},
         {{"Connection", "keep-alive, Upgrade"}},
         {{"Connection", "keep-alive"}, {"Connection", "UPGRADE"}},
         {{"Connection", "upgrade,close"}},
         {{"Upgrade", "WebSocket"}},
         {{"Upgrade", "h2c, websocket"}},
         {{"Content-Length", "0"}},
       }) {
    raw_client client{server.port()};
    client.send(with(get_echo, lines) + client_frame(0x81, "hey"));
    const auto head = client.receive_until("\r\n\r\n");
    CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(head.find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
          != std::string::npos);
    CHECK(client.receive(5) == "\x81\x03hey");
  }
}

TEST_CASE("nothing precedes the 101 but the answers to earlier requests (S27)") {
  const auto all = routes();
  for (const std::size_t read_size : {65536u, 1u, 3u}) {
    CAPTURE(read_size);
    test_server server{all, [=](config& wishes) { wishes.limits.chunk_size = read_size; }};
    raw_client client{server.port()};
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + with(get_echo, {{"Expect", "100-continue"}})
                + client_frame(0x81, "one") + client_frame(0x89, "ping")
                + client_frame(0x81, "two"));
    CHECK(client.receive_response().ends_with("\r\n\r\nfine"));
    CHECK(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    const auto frames = client.receive(16);
    CHECK(count_of(frames, "\x81\x03one") == 1);
    CHECK(count_of(frames, "\x8a\x04ping") == 1);
    CHECK(frames.find("\x81\x03one") < frames.find("\x81\x03two"));
  }
}

TEST_CASE("frames that came with the handshake obey the stall (S27)") {
  const auto seen = std::make_shared<observed<std::vector<std::string>>>();
  const auto gate = std::make_shared<observed<caf::actor>>();
  router all;
  all.web_socket("/", behavior_handler{[seen, gate](caf::event_based_actor* self, const request&,
                                                    const caf::actor&) -> caf::behavior {
                   const auto credit = std::make_shared<caf::response_promise>();
                   gate->update([&](auto& who) { who = self; });
                   self->attach_functor([credit] { *credit = {}; });
                   return {
                     [seen, self, credit](const message& next) {
                       *credit = self->make_response_promise();
                       seen->update([&](auto& texts) { texts.emplace_back(next.text()); });
                     },
                     [credit](int) {
                       if (credit->pending())
                         credit->deliver(caf::unit);
                     },
                     [self](const cancelled&) { self->quit(); },
                     [self](const closed&) { self->quit(); },
                   };
                 }});
  test_server server{all};
  raw_client client{server.port()};
  client.send(handshake("/") + client_frame(0x81, "one") + client_frame(0x81, "two")
              + client_frame(0x89, "") + client_frame(0x81, "three"));
  CHECK(client.receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  CHECK(client.receive(2) == std::string_view{"\x8a\x00", 2}); // both messages before it were read
  CHECK(seen->wait([](const auto& texts) { return !texts.empty(); }));
  CHECK(seen->get() == std::vector<std::string>{"one"});
  // No further octet comes: those in user space are consumed at the acknowledgement (S7).
  for (std::size_t taken = 2; taken <= 3; ++taken) {
    caf::anon_send(gate->get(), 0);
    CHECK(seen->wait([=](const auto& texts) { return texts.size() >= taken; }));
    CHECK(seen->get().size() == taken);
  }
  gate->update([](auto& who) { who = nullptr; });
}
