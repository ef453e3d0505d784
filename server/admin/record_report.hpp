#pragma once

#include "sluice/actors/handler/exchange.hpp"

namespace sluice {

struct server_view;

/// Answers with the record of the connection that the query names, `connection=17`, as the stall
/// list numbers them: text/plain. 404 where there is none, 503 where a loop that may have it does
/// not answer.
task show_record(exchange& http, const server_view& what);

} // namespace sluice
