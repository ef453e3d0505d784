#include "examples/behavior/behavior.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, behavior_routes());
}
