// What the owner of a request parser does with octets.
#include "sluice/protocol/http/request_parser.hpp"

using namespace sluice;

void route(request head);
void deliver(octet_view content);
void refuse(std::error_code why);

void parse(const http::limits& limits, octet_view input);
void parse(const http::limits& limits, octet_view input) {
  // BLOCK
}
