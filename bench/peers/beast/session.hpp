#pragma once

#include "bench/peers/beast/types.hpp"

namespace bench {

/// Serves one connection to its end.
awaitable<void> serve(tcp_stream stream);

} // namespace bench
