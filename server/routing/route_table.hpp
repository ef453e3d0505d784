#pragma once

#include "sluice/actors/handler/dispatcher.hpp"
#include "sluice/actors/handler/endpoint.hpp"
#include "sluice/protocol/http/message.hpp"

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

/// The routes of a router, as a tree of path segments: see router for what matches.
class route_table {
public:
  struct node;

  route_table();
  route_table(const route_table&) = delete;
  route_table& operator=(const route_table&) = delete;
  ~route_table();

  /// Makes room for a route; its handler is still to be set. Throws std::invalid_argument if the
  /// pattern is malformed or taken.
  endpoint& insert(method which, std::string_view pattern, endpoint::protocol speaks);

  [[nodiscard]] dispatch find(request& head, bool asks_for_web_socket) const;
  [[nodiscard]] route_extremes extremes() const;

private:
  std::unique_ptr<node> root_;
  std::set<std::string> methods_; ///< of all routes: what `OPTIONS *` is told
  /// The places of patterns without parameters, by paths that are written as the pattern is: what
  /// the tree would find for these, without a way through it.
  std::unordered_map<std::string_view, const node*> literal_; ///< by endpoint::route
};

} // namespace sluice
