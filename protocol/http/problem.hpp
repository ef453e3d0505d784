#pragma once

#include "sluice/protocol/http/message.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// What is wrong with a request, told to its client. RFC 9457
struct problem {
  sluice::status status = sluice::status::internal_server_error;
  std::string detail;   ///< this occurrence, for people; may be empty
  std::string title;    ///< the kind of problem, for people; empty: the status's reason phrase
  std::string type;     ///< URI reference of the kind; empty: about:blank
  std::string instance; ///< URI reference of this occurrence; may be empty
  std::vector<std::pair<std::string, std::string>> more; ///< extension members, as text
};

/// The response that tells it: application/problem+json. Octets that are not UTF-8 are replaced.
[[nodiscard]] response to_response(const problem& what);
/// The same for what only a status and a sentence say.
[[nodiscard]] response problem_response(status code, std::string detail = {});
/// Adds a member to a response that tells a problem, unless it has one of that name, or its fields
/// say something of its content that would change. Does nothing to others.
void add_to_problem(response& told, std::string_view name, std::string_view value);

/// Ends a request with a problem: a plain function or an exchange handler throws it, and the client
/// gets the response unless one has begun. It is not a failure of the handler.
class http_error : public std::runtime_error {
public:
  explicit http_error(status code, std::string detail = {});
  /// `head`: fields of the response, for example Retry-After or WWW-Authenticate
  explicit http_error(problem what, fields head = {});

  [[nodiscard]] const problem& what_is_wrong() const noexcept { return problem_; }
  /// What the client gets.
  [[nodiscard]] response answer() const;

private:
  problem problem_;
  fields head_;
};

} // namespace sluice
