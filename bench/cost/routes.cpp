#include "bench/cost/subject.hpp"
#include "sluice/server/routing/route_table.hpp"

#include <memory>

namespace bench {
namespace {

using namespace sluice;

void insert(route_table& routes, std::string_view pattern) {
  routes.insert(method::get, pattern, endpoint::protocol::http);
}

/// Whether there is a route for `path`.
bool is_found(const route_table& routes, std::string_view path) {
  request head;
  head.path = head.target = path;
  return routes.find(head, false).target != nullptr;
}

/// At each of eight levels a literal segment and a parameter, all of which fit and lead nowhere: a
/// way through the whole tree.
std::shared_ptr<route_table> deep() {
  auto routes = std::make_shared<route_table>();
  for (unsigned way = 0; way < 256; ++way) {
    std::string pattern;
    for (unsigned level = 0; level < 8; ++level)
      pattern += (way >> level & 1U) == 0 ? "/a" : "/{p" + std::to_string(level) + '}';
    insert(*routes, pattern + "/b");
  }
  return routes;
}

} // namespace

subjects routes() {
  subjects all;
  const auto paths = deep();
  all.push_back({"routes: a long segment behind many ways", 12000,
                 [](std::size_t octets) { return repeated(octets, "%41", "/a/a/a/a/a/a/a/a/"); },
                 [=](std::string_view input) { expect(!is_found(*paths, input)); }});
  all.push_back({"routes: many segments", 5,
                 [](std::size_t octets) { return repeated(octets, "/a"); },
                 [=](std::string_view input) { expect(!is_found(*paths, input)); }});
  auto with_rest = std::make_shared<route_table>();
  insert(*with_rest, "/{all...}");
  all.push_back({"routes: a long rest", 60,
                 [](std::size_t octets) { return repeated(octets, "/%41"); },
                 [=](std::string_view input) { expect(is_found(*with_rest, input)); }});
  const auto names = [](std::size_t octets) {
    return numbered(octets, [](std::size_t i) { return "/a" + std::to_string(i) + "/{id}\n"; });
  };
  all.push_back({"routes: as many as there are patterns", 1300, names, [](std::string_view input) {
                   route_table own;
                   while (!input.empty()) {
                     const auto end = input.find('\n');
                     insert(own, input.substr(0, end));
                     expect(is_found(own, "/a0/7"));
                     input.remove_prefix(end + 1);
                   }
                 }});
  return all;
}

} // namespace bench
