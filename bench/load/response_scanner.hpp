#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// Finds the ends of HTTP/1.1 responses. It trusts the server to keep to the grammar: a load
/// generator must cost less than what it measures.
class response_scanner {
public:
  /// Takes octets up to the end of one response at most.
  /// @returns how many; all of them, unless the response is complete or broken
  std::size_t feed(std::string_view octets);

  /// Forgets the response that is complete and expects another.
  void next() noexcept;

  [[nodiscard]] bool is_complete() const noexcept { return state_ == state::complete; }
  /// Whether the head has neither a length nor chunks, or is no head at all.
  [[nodiscard]] bool is_broken() const noexcept { return state_ == state::broken; }
  [[nodiscard]] unsigned status() const noexcept { return status_; }
  /// Octets of content so far.
  [[nodiscard]] std::uint64_t length() const noexcept { return length_; }
  /// The first octets of the content, at most 256.
  [[nodiscard]] const std::string& content() const noexcept { return content_; }
  /// The head of the last response, if it came in pieces or was a switch of protocols.
  [[nodiscard]] const std::string& head() const noexcept { return line_; }

private:
  // head -> content -> complete, or for chunks
  // head -> chunk_size -> chunk -> chunk_end -> chunk_size ... -> trailers -> complete
  enum class state { head, content, chunk_size, chunk, chunk_end, trailers, complete, broken };

  std::size_t feed_head(std::string_view octets);
  std::size_t feed_content(std::string_view octets);
  std::size_t feed_line(std::string_view octets);
  void judge_head(std::string_view head);
  void judge_line();

  state state_ = state::head;
  std::string line_; // what came of a head or a line that is not complete
  std::string content_;
  unsigned status_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t length_ = 0;
};

} // namespace bench
