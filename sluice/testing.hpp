#pragma once

// The test kit, for tests of handlers: link sluice::testing. docs/testing.md introduces it.

#include "sluice/actors/testing/contract.hpp"
#include "sluice/actors/testing/interleavings.hpp"
#include "sluice/actors/testing/replay.hpp"
#include "sluice/actors/testing/simulation.hpp"
