#include "sluice/protocol/websocket/handshake.hpp"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::websocket;

TEST_CASE("the response says what was agreed (RFC 7692 sec. 7.1)") {
  request head;
  head.fields = {{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  CHECK(accept_response(head, "chat", "Sun, 06 Nov 1994 08:49:37 GMT",
                        "permessage-deflate; server_max_window_bits=10")
        == "HTTP/1.1 101 Switching Protocols\r\n"
           "Upgrade: websocket\r\n"
           "Connection: Upgrade\r\n"
           "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
           "Sec-WebSocket-Protocol: chat\r\n"
           "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"
           "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
           "\r\n");
}
