#include "examples/ingest/ingest.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, ingest_routes());
}
