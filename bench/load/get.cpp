#include "bench/load/drive.hpp"
#include "bench/load/modes.hpp"
#include "bench/load/response_scanner.hpp"

namespace bench {
namespace {

constexpr std::string_view expected_content = "Hello, World!";

void judge(const response_scanner& response, measurement& result) {
  if (response.status() != 200 || response.content() != expected_content)
    result.refuse("GET was answered " + std::to_string(response.status()) + ' '
                  + response.content());
}

/// Sends a batch of requests; the next when the last of it is answered.
class get_client final : public client {
public:
  get_client(poller& events, measurement& result, std::string_view batch)
    : client{events, result}, batch_{batch} {}

private:
  void on_open() override {
    scanner_.next();
    begin_batch();
  }

  void on_octets(std::string_view octets) override {
    const auto now = clock::now();
    result().count_octets(octets.size());
    while (!octets.empty()) {
      octets.remove_prefix(scanner_.feed(octets));
      if (scanner_.is_broken() || (scanner_.is_complete() && awaited_ == 0))
        return fail("not an answer to what was asked");
      if (!scanner_.is_complete())
        return;
      judge(scanner_, result());
      result().count_operation(now - sent_at_);
      scanner_.next();
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
  response_scanner scanner_;
  std::size_t awaited_ = 0;
  clock::time_point sent_at_;
};

/// Opens a connection for each request; its operation ends when the server has closed.
class connect_client final : public client {
public:
  connect_client(poller& events, measurement& result, std::string_view request)
    : client{events, result}, request_{request} {}

private:
  void on_open() override {
    scanner_.next();
    send(request_);
  }

  void on_octets(std::string_view octets) override {
    result().count_octets(octets.size());
    if (scanner_.feed(octets) != octets.size() || scanner_.is_broken())
      fail("not an answer to what was asked");
  }

  void on_end() override {
    if (!scanner_.is_complete())
      return client::on_end();
    judge(scanner_, result());
    result().count_operation(clock::now() - opened_at_);
    opened_at_ = clock::now();
    open();
  }

  std::string_view request_;
  response_scanner scanner_;
  clock::time_point opened_at_ = clock::now();
};

} // namespace

nlohmann::ordered_json run_get(const options& wishes) {
  const auto request = get_request(wishes, "/plaintext");
  std::string batch;
  for (std::size_t i = 0; i < wishes.depth; ++i)
    batch += request;
  return drive<get_client>(wishes, batch);
}

nlohmann::ordered_json run_connect(const options& wishes) {
  return drive<connect_client>(wishes, get_request(wishes, "/plaintext", "Connection: close\r\n"));
}

} // namespace bench
