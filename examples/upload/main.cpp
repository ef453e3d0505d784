#include "examples/upload/upload.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, upload_routes());
}
