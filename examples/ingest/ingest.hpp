#pragma once

#include <sluice/sluice.hpp>

sluice::router ingest_routes();
