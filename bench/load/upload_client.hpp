#pragma once

#include "bench/load/client.hpp"
#include "bench/load/response_scanner.hpp"

#include <cstdint>
#include <string>

namespace bench {

/// What all uploading clients send: a request's head, and pieces of its body again and again.
struct upload_script {
  std::string head;
  std::string piece;         ///< octets of content, or a chunk with its size line
  std::uint64_t pieces = 0;  ///< of the body
  std::string last;          ///< what follows them: a shorter piece, or the last chunk
  std::uint64_t content = 0; ///< octets of content in the whole body
};

/// A POST to the target of `wishes`, or to `standard`.
[[nodiscard]] upload_script make_upload(const options& wishes, std::string_view standard);

/// Uploads one body after the other.
class upload_client final : public client {
public:
  /// `script` outlives the client.
  upload_client(poller& events, measurement& result, const upload_script& script);

private:
  void on_open() override;
  void on_octets(std::string_view octets) override;
  void on_sent() override;
  void on_sending(std::size_t octets) override;

  void begin();
  void end_if_over();

  const upload_script& script_;
  response_scanner scanner_;
  std::uint64_t pieces_left_ = 0;
  enum class state { body, last, sent } state_ = state::body;
  clock::time_point began_at_;
};

} // namespace bench
