#pragma once

#include "sluice/actors/connection/stall.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// Where an admin listener is.
struct admin_address {
  std::string unix_path; ///< empty: TCP
  std::string base;      ///< what comes before a target, e.g. "http://127.0.0.1:9100"
  /// As a sentence names it.
  [[nodiscard]] const std::string& name() const noexcept {
    return unix_path.empty() ? base : unix_path;
  }
};

/// Where it is unless one is told.
inline constexpr std::string_view default_admin_path = "/run/sluice/admin.sock";

/// Reads what parse_listen_place does, and "http://..." as it is. Throws std::runtime_error, with a
/// sentence, where `text` is none of these.
[[nodiscard]] admin_address parse_admin_address(std::string_view text);

/// The target that asks for stalls, e.g. "/stalls?by=time&n=100".
[[nodiscard]] std::string target_of(const stall_query& question);

/// Asks an admin listener. One question at a time, on one connection that is kept. Confined to a
/// thread; nothing but `wait` and `get` waits.
class admin_client {
public:
  static constexpr std::chrono::seconds patience{5};
  static constexpr std::size_t most_octets = std::size_t{16} * 1024 * 1024;

  /// Throws std::runtime_error where libcurl can't be had.
  explicit admin_client(admin_address where);
  admin_client(const admin_client&) = delete;
  admin_client& operator=(const admin_client&) = delete;
  ~admin_client();

  /// Asks for a target. Whatever is not answered yet is given up.
  void ask(const std::string& target);
  [[nodiscard]] bool is_asking() const noexcept;
  /// Waits for the answer, at most for so long, and only until one of `descriptors` is readable.
  /// @returns the answer's content, if it has come
  /// Throws std::runtime_error, with a sentence, where there will be none.
  [[nodiscard]] std::optional<std::string> wait(std::chrono::milliseconds most,
                                                std::span<const int> descriptors = {});
  /// Both at once, without a limit but `patience`.
  [[nodiscard]] std::string get(const std::string& target);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace sluice
