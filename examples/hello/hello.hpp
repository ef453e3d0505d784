#pragma once

#include <sluice/sluice.hpp>

sluice::router hello_routes();
