#pragma once

#include <sluice/sluice.hpp>

sluice::router chat_routes();
