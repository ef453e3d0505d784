#pragma once

// For handlers that read or answer JSON, with nlohmann-json.

#include "sluice/server/json/json.hpp"
