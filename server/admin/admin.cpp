#include "sluice/server/admin/admin.hpp"

#include "sluice/actors/loop/time_source.hpp"
#include "sluice/actors/observe/journal.hpp"
#include "sluice/server/admin/admin_routes.hpp"
#include "sluice/server/options/config.hpp"
#include "sluice/server/options/listen_place.hpp"
#include "sluice/server/routing/router.hpp"
#include "sluice/server/service/server.hpp"

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice {

namespace {

/// What goes wrong is told in the log of the server; who looks is not.
class admin_journal final : public journal {
public:
  explicit admin_journal(journal& log) : log_{log} {}
  void report(severity level, std::string_view text) override {
    log_.report(level, "admin listener: " + std::string{text});
  }

private:
  journal& log_;
};

config config_for(const std::string& where) {
  const auto place = parse_listen_place(where);
  if (!place)
    throw std::runtime_error{"'" + where + "' is neither a path nor an address with a port"};
  config all;
  all.unix_path = place->unix_path;
  all.unix_mode = 0660;
  if (all.unix_path.empty()) {
    all.address = place->address;
    all.port = place->port;
  }
  all.threads = 1;
  all.pool_threads = 1;
  all.max_connections = 64;
  all.loop_lag = duration::zero();
  all.limits.output_cap = 16 * 1024 * 1024; // all metrics at once, however many routes there are
  all.limits.cancel_grace = std::chrono::seconds{1};
  return all;
}

} // namespace

struct admin::parts {
  parts(const std::string& where, const server_view& what, journal& into) : log{into} {
    add_admin_routes(routes, what);
    std::string error;
    listening = server::start(config_for(where), routes, log, time, error);
    if (!listening)
      throw std::runtime_error{"the admin listener: " + error};
  }

  admin_journal log;
  const time_source time;
  router routes;
  std::unique_ptr<server> listening;
};

admin::admin(const std::string& where, const server_view& what, journal& log)
  : parts_{std::make_unique<parts>(where, what, log)} {}

admin::~admin() {
  parts_->listening->stop(std::chrono::milliseconds{100});
}

std::string admin::url() const {
  return parts_->listening->url();
}

} // namespace sluice
