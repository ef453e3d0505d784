#include "sluice/actors/testing/connection_fixture.hpp"

#include "sluice/actors/testing/simulation.hpp"

namespace sluice::testing {

struct connection_fixture::parts {
  parts(const dispatcher& routes, const settings& limits) : service{routes, {limits, 0}} {}

  simulation service;
  scripted_client& client = service.connect();
};

connection_fixture::connection_fixture(const dispatcher& routes, const settings& limits)
  : parts_{std::make_unique<parts>(routes, limits)} {}

connection_fixture::~connection_fixture() = default;

void connection_fixture::send(std::string_view octets) {
  parts_->client.send(octets);
}

void connection_fixture::shutdown_write() {
  parts_->client.shutdown_write();
}

void connection_fixture::close() {
  parts_->client.close();
}

void connection_fixture::reset() {
  parts_->client.reset();
}

void connection_fixture::vanish() {
  parts_->client.vanish();
}

void connection_fixture::time_out() {
  parts_->client.time_out();
}

void connection_fixture::stop_reading() {
  parts_->client.stop_reading();
}

void connection_fixture::read_on() {
  parts_->client.read_on();
}

void connection_fixture::run() {
  parts_->service.run();
}

void connection_fixture::advance(duration by) {
  parts_->service.advance(by);
}

void connection_fixture::drain() {
  parts_->service.stop();
}

const peer_view& connection_fixture::peer() const noexcept {
  return parts_->client.seen();
}

std::size_t connection_fixture::in_kernel() const noexcept {
  return parts_->client.unread_by_server();
}

std::size_t connection_fixture::peeked() const noexcept {
  return parts_->client.peeked_by_server();
}

bool connection_fixture::is_open() const noexcept {
  return parts_->client.is_open();
}

bool connection_fixture::is_alive() const noexcept {
  return parts_->client.is_served();
}

const counters& connection_fixture::count() const noexcept {
  return parts_->service.count();
}

const std::vector<access_line>& connection_fixture::accesses() const noexcept {
  return parts_->service.accesses();
}

const std::vector<std::string>& connection_fixture::reports() const noexcept {
  return parts_->service.reports();
}

caf::actor_system& connection_fixture::system() noexcept {
  return parts_->service.system();
}

} // namespace sluice::testing
