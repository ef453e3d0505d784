#pragma once

// For handlers that work with other CAF actors: ask them, hear from them, spawn them.

#include "sluice/actors/handler/ask.hpp"
#include "sluice/actors/handler/inbox.hpp"
#include "sluice/actors/handler/spawn.hpp"
