#pragma once

// For handlers that work with other CAF actors: ask them, hear from them, spawn them.

#include "actors/handler/ask.hpp"
#include "actors/handler/inbox.hpp"
#include "actors/handler/spawn.hpp"
