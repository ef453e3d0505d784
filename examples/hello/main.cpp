#include "examples/hello/hello.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, hello_routes());
}
