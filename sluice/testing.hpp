#pragma once

// The test kit, for tests of handlers: link sluice::testing. docs/testing.md introduces it.

#include "actors/testing/contract.hpp"
#include "actors/testing/interleavings.hpp"
#include "actors/testing/simulation.hpp"
