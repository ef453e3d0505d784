// Plain functions: the shortest handlers. They run on the event loop, get no content, and must not
// block.
//
//   ./example_hello --port 8080
//   curl localhost:8080/hello/Ada?greeting=Salut

#include <sluice/sluice.hpp>

#include <string>

namespace {

sluice::response welcome(const sluice::request&) {
  return sluice::text("Try /hello/your-name\n");
}

// {name} is a parameter of the route. It arrives decoded: /hello/J%C3%BCrgen greets Jürgen.
sluice::response greet(const sluice::request& request) {
  const std::string name{request.param("name")};
  const auto greeting = request.query_param("greeting").value_or("Hello");
  return sluice::text(greeting + ", " + name + "!\n");
}

} // namespace

int main(int argc, char** argv) {
  sluice::router routes;
  routes.get("/", welcome);
  routes.get("/hello/{name}", greet);
  return sluice::serve(argc, argv, routes);
}
