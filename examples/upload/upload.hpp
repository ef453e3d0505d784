#pragma once

#include <sluice/sluice.hpp>

sluice::router upload_routes();
