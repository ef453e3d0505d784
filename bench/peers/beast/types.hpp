#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <chrono>

namespace bench {

// Everything names its executor. Asio's default, any_io_executor, makes a GET a fifth dearer.
using executor = boost::asio::io_context::executor_type;
template <class T>
using awaitable = boost::asio::awaitable<T, executor>;
inline constexpr boost::asio::use_awaitable_t<executor> use_awaitable;
using tcp = boost::asio::ip::tcp;
using acceptor = boost::asio::basic_socket_acceptor<tcp, executor>;
using tcp_stream = boost::beast::basic_stream<tcp, executor>;
using timer = boost::asio::basic_waitable_timer<
  std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

} // namespace bench
