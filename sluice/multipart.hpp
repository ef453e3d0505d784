#pragma once

// For handlers that read multipart/form-data.

#include "actors/handler/multipart_reader.hpp"
