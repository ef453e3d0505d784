#include "examples/echo/echo.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, echo_routes());
}
