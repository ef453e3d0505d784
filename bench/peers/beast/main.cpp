// Boost.Beast with coroutines, one thread, the timeouts that its documentation suggests.

#include "bench/peers/beast/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

namespace asio = boost::asio;

bench::awaitable<void> accept_all(std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  bench::acceptor acceptor{executor, {asio::ip::address_v4::loopback(), port}};
  while (true) {
    auto socket = co_await acceptor.async_accept(bench::use_awaitable);
    socket.set_option(bench::tcp::no_delay{true});
    asio::co_spawn(executor, bench::serve(bench::tcp_stream{std::move(socket)}), asio::detached);
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2)
    return 2;
  asio::io_context context{1};
  asio::co_spawn(context, accept_all(static_cast<std::uint16_t>(std::stoi(argv[1]))),
                 asio::detached);
  context.run();
}
