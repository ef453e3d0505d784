#include "bench/load/drive.hpp"
#include "bench/load/frames.hpp"
#include "bench/load/modes.hpp"
#include "bench/load/web_socket_client.hpp"

namespace bench {
namespace {

/// What all clients of a mode send.
struct script {
  std::string handshake;
  std::string payload;
  std::string batch; ///< `depth` messages of it
};

script make_script(const options& wishes, std::size_t depth) {
  script made;
  made.handshake = handshake_request(wishes.target.empty() ? "/echo" : wishes.target);
  made.payload = payload_of(wishes.size);
  const auto frame = masked_frame(made.payload, wishes.is_text);
  for (std::size_t i = 0; i < depth; ++i)
    made.batch += frame;
  return made;
}

/// Sends a batch of messages; the next when the last of it has come back.
class echo_client final : public web_socket_client {
public:
  echo_client(poller& events, measurement& result, const script& lines)
    : web_socket_client{events, result, lines.handshake},
      batch_{lines.batch},
      scanner_{lines.payload} {}

private:
  void on_accepted() override { begin_batch(); }

  void on_frames(std::string_view octets) override {
    const auto now = clock::now();
    while (!octets.empty()) {
      octets.remove_prefix(scanner_.feed(octets));
      if (scanner_.is_broken()) {
        result().refuse("a message came back changed, or a Close");
        return reset();
      }
      if (!scanner_.take_message())
        break;
      result().count_octets(result().wishes().size);
      result().count_operation(now - sent_at_);
      --awaited_;
    }
    if (awaited_ == 0)
      begin_batch();
  }

  void begin_batch() {
    awaited_ = result().wishes().depth;
    sent_at_ = clock::now();
    send(batch_);
  }

  std::string_view batch_;
  frame_scanner scanner_;
  std::size_t awaited_ = 0;
  clock::time_point sent_at_;
};

/// Sends messages for ever and reads nothing. An operation is a message that has left.
class flood_client final : public web_socket_client {
public:
  flood_client(poller& events, measurement& result, const script& lines)
    : web_socket_client{events, result, lines.handshake}, frame_{lines.batch} {}

private:
  void on_accepted() override {
    limit_reads(0);
    is_flooding_ = true;
    begin_message();
  }

  void on_frames(std::string_view) override {}

  void on_sending(std::size_t octets) override { result().count_octets(octets); }

  void on_sent() override {
    if (!is_flooding_)
      return; // it was the handshake
    result().count_operation(clock::now() - began_at_);
    begin_message();
  }

  // A server may end the connection of a client that does not read.
  void on_end() override {}

  void begin_message() {
    began_at_ = clock::now();
    send(frame_);
  }

  std::string_view frame_;
  bool is_flooding_ = false;
  clock::time_point began_at_;
};

} // namespace

nlohmann::ordered_json run_echo(const options& wishes) {
  return drive<echo_client>(wishes, make_script(wishes, wishes.depth));
}

nlohmann::ordered_json run_flood(const options& wishes) {
  return drive<flood_client>(wishes, make_script(wishes, 1));
}

} // namespace bench
