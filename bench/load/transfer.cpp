#include "bench/load/drive.hpp"
#include "bench/load/modes.hpp"
#include "bench/load/upload_client.hpp"

#include <algorithm>

namespace bench {
namespace {

/// Asks for one response after the other and drains it.
class download_client final : public client {
public:
  download_client(poller& events, measurement& result, std::string_view request)
    : client{events, result}, request_{request} {}

  // A slow reader has its share of a tick, and what it could not read is not made up for: it is
  // slow, not exact.
  void on_tick() override {
    if (rate_each_tick() == 0 || !is_open())
      return;
    allowance_ = rate_each_tick();
    limit_reads(allowance_);
  }

private:
  void on_open() override {
    scanner_.next();
    begin();
  }

  void begin() {
    began_at_ = clock::now();
    send(request_);
  }

  void on_octets(std::string_view octets) override {
    result().count_octets(octets.size());
    if (rate_each_tick() > 0) {
      allowance_ -= octets.size();
      limit_reads(allowance_);
    }
    octets.remove_prefix(scanner_.feed(octets));
    if (scanner_.is_broken() || !octets.empty())
      return fail("not an answer to what was asked");
    if (!scanner_.is_complete())
      return;
    if (scanner_.status() != 200)
      result().refuse("a download was answered " + std::to_string(scanner_.status()));
    result().count_operation(clock::now() - began_at_);
    scanner_.next();
    begin();
  }

  [[nodiscard]] std::size_t rate_each_tick() {
    const auto rate = static_cast<std::size_t>(result().wishes().rate);
    return rate == 0 ? 0 : std::max<std::size_t>(rate * tick.count() / 1000, 1);
  }

  std::string_view request_;
  response_scanner scanner_;
  std::size_t allowance_ = 0;
  clock::time_point began_at_;
};

} // namespace

nlohmann::ordered_json run_upload(const options& wishes) {
  return drive<upload_client>(wishes, make_upload(wishes, "/sink"));
}

nlohmann::ordered_json run_download(const options& wishes) {
  return drive<download_client>(wishes, get_request(wishes, "/download?octets=1073741824"));
}

} // namespace bench
