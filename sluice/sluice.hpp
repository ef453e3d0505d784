#pragma once

// Everything that a program which defines handlers needs.

#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/actors/handler/exchange.hpp"
#include "sluice/actors/handler/task.hpp"
#include "sluice/actors/handler/web_socket.hpp"
#include "sluice/actors/messages/messages.hpp"
#include "sluice/protocol/http/cookie.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/problem.hpp"
#include "sluice/protocol/octets.hpp"
#include "sluice/server/files/files.hpp"
#include "sluice/server/program/serve.hpp"
#include "sluice/server/routing/router.hpp"
