#pragma once

#include <memory>
#include <string>

namespace sluice {

class journal;
struct server_view;

/// A listener for those who run a server, apart from its own (S86): see add_admin_routes. It has a
/// loop of its own, so that it answers while those of the server are held up.
class admin {
public:
  /// Listens at `where`, as config::admin. A Unix socket is for its owner and its group. Both others
  /// outlive it. Throws std::runtime_error, with a sentence for the user, when it can't.
  admin(const std::string& where, const server_view& what, journal& log);
  admin(const admin&) = delete;
  admin& operator=(const admin&) = delete;
  /// Stops to listen; whoever is connected is dropped.
  ~admin();

  /// Where it listens, as server::url.
  [[nodiscard]] std::string url() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace sluice
