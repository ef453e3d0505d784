#pragma once

// For handlers that read multipart/form-data.

#include "sluice/actors/handler/multipart_reader.hpp"
