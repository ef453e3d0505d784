#pragma once

#include <sluice/sluice.hpp>

sluice::router behavior_routes();
