#include "examples/tasks/tasks.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, tasks_routes());
}
