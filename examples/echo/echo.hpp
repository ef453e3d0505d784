#pragma once

#include <sluice/sluice.hpp>

sluice::router echo_routes();
