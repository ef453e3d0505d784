#include "bench/load/options.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace bench {

std::optional<int> read_options(int argc, char** argv, options& target) {
  CLI::App app{"Loads an HTTP/1.1 and WebSocket server on 127.0.0.1 and prints one JSON object."};
  app.add_option("mode", target.mode, "what the clients do")
    ->required()
    ->check(
      CLI::IsMember({"get", "connect", "echo", "flood", "upload", "download", "idle", "kill"}));
  app.add_option("--port", target.port, "of the server");
  app.add_option("--target", target.target, "of the requests");
  app.add_option("--server", target.server, "process whose CPU time and memory are told");
  app.add_option("--clients", target.clients, "connections")->check(CLI::Range(1, 60'000));
  app.add_option("--depth", target.depth, "sent at once by a client")->check(CLI::Range(1, 1'000));
  app.add_option("--size", target.size, "octets of a message")->check(CLI::Range(1, 16 << 20));
  app.add_flag("--text", target.is_text, "messages are text");
  app.add_option("--octets", target.octets, "octets of a body");
  app.add_option("--chunk", target.chunk, "octets of a chunk; 0: Content-Length")
    ->check(CLI::Range(0, 16 << 20));
  app.add_flag("!--uncounted", target.is_counted, "the answer to an upload is not its octets");
  app.add_flag("--web-socket", target.is_web_socket, "idle, kill: over WebSocket");
  app.add_option("--rate", target.rate, "octets a second that a client reads; 0: all it can");
  app.add_option("--sent", target.sent, "kill: octets sent before; 0: until the client stalls");
  app.add_option("--death", target.way, "kill: how a client ends")
    ->transform(CLI::CheckedTransformer(
      std::map<std::string, death>{{"reset", death::reset}, {"close", death::close}}));
  app.add_option("--operations", target.operations, "that end the run early; 0: none");
  double seconds = 5;
  double warm_up = 0.5;
  double cap = 0;
  app.add_option("--seconds", seconds, "measured")->check(CLI::Range(0.0, 600.0));
  app.add_option("--warm-up", warm_up, "seconds before")->check(CLI::Range(0.0, 60.0));
  app.add_option("--memory-cap", cap, "MB of resident memory that end the run; 0: none");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  const auto from = [](double length) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>{length});
  };
  target.length = from(seconds);
  target.warm_up = from(warm_up);
  target.memory_cap = static_cast<std::uint64_t>(cap * 1e6);
  return std::nullopt;
}

} // namespace bench
