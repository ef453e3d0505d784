#pragma once

// Everything that a program which defines handlers needs.

#include "actors/handler/endpoint.hpp"
#include "actors/handler/exchange.hpp"
#include "actors/handler/task.hpp"
#include "actors/handler/web_socket.hpp"
#include "actors/messages.hpp"
#include "protocol/http/cookie.hpp"
#include "protocol/http/message.hpp"
#include "protocol/http/problem.hpp"
#include "protocol/octets.hpp"
#include "server/files.hpp"
#include "server/router.hpp"
#include "server/serve.hpp"
