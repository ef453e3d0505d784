// Plain functions: the shortest handlers. They run on the event loop, get no content, and must not
// block.
//
//   ./example_hello --port 8080
//   curl 'localhost:8080/hello/Ada?greeting=Salut&times=2'

#include "examples/hello/hello.hpp"

#include <string>

namespace {

sluice::response welcome(const sluice::request&) {
  return sluice::text("Try /hello/your-name\n");
}

// {name} is a parameter of the route. It arrives decoded: /hello/J%C3%BCrgen greets Jürgen.
sluice::response greet(const sluice::request& request) {
  const auto greeting = request.query_param("greeting").value_or("Hello");
  auto line = greeting + ", " + std::string{request.param("name")} + "!\n";
  auto times = request.query_param<unsigned>("times").value_or(1);
  if (times > 10)
    throw sluice::http_error{sluice::status::bad_request, "Ten times is often enough."};
  std::string all;
  for (; times > 0; --times)
    all += line;
  return sluice::text(all);
}

} // namespace

sluice::router hello_routes() {
  sluice::router routes;
  routes.get("/", welcome);
  // A value of another type is answered 400, and the handler never sees it.
  routes.get("/hello/{name}", greet).query<unsigned>("times");
  return routes;
}
