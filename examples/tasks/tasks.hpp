#pragma once

#include <sluice/sluice.hpp>

sluice::router tasks_routes();
