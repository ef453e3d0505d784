#include "examples/chat/chat.hpp"

int main(int argc, char** argv) {
  return sluice::serve(argc, argv, chat_routes());
}
