#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace bench {

/// Serves one connection to its end.
boost::asio::awaitable<void> serve(boost::beast::tcp_stream stream);

} // namespace bench
