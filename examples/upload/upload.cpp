// A coroutine handler: takes an upload of any size, piece by piece, and answers with its length and
// its SHA-256. At no time is more than one piece in memory.
//
//   ./example_upload --port 8080
//   curl -T big-file localhost:8080/upload

#include "examples/upload/upload.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace {

/// A SHA-256 that is computed as the octets come.
class sha256 {
public:
  sha256() : context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free} {
    if (!context_)
      throw std::bad_alloc{};
    check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
  }

  void update(sluice::octet_view octets) {
    check(EVP_DigestUpdate(context_.get(), octets.data(), octets.size()));
  }

  /// In hexadecimal. To be called once, at the end.
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &length));
    std::string text;
    for (unsigned i = 0; i < length; ++i)
      for (const unsigned nibble : {digest[i] / 16u, digest[i] % 16u})
        text += "0123456789abcdef"[nibble];
    return text;
  }

private:
  static void check(int result) {
    if (result != 1)
      throw std::runtime_error{"OpenSSL could not compute a SHA-256"};
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

sluice::task receive(sluice::exchange& http) {
  sha256 hash;
  std::uint64_t total = 0;
  // next() acknowledges the chunk before, and only then is more read from the client. If the client
  // goes away, the coroutine is destroyed where it waits, and `hash` with it.
  while (const auto chunk = co_await http.content().next()) {
    hash.update(chunk->view());
    total += chunk->size();
  }
  co_await http.respond(sluice::status::ok, std::to_string(total) + ' ' + hash.finish() + '\n');
}

} // namespace

sluice::router upload_routes() {
  sluice::router routes;
  // Hashing is work for a processor: on the pool it does not hold up the event loop.
  routes.put("/upload", receive).pooled();
  routes.post("/upload", receive).pooled();
  return routes;
}
