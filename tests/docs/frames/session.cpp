// What the owner of a WebSocket session does with octets.
#include "sluice/protocol/websocket/session.hpp"

#include <string>

using sluice::websocket::session_event;

void deliver(sluice::websocket::message_data message);
void send(std::string octets);

void parse(sluice::octet_view input);
void parse(sluice::octet_view input) {
  // BLOCK
}
