#pragma once

// For handlers that read or answer JSON, with nlohmann-json.

#include "server/json.hpp"
