#pragma once

// What tests of handlers and servers include: compiled once (tests/CMakeLists.txt). A test includes
// what it needs all the same, as if this were not there.

#include <sluice/actors.hpp>
#include <sluice/sluice.hpp>
#include <sluice/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
