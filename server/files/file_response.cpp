#include "sluice/server/files/file_response.hpp"

#include "sluice/actors/handler/exchange.hpp"
#include "sluice/protocol/http/http_date.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sys/stat.h>

namespace sluice {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

std::string hexadecimal(std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
  return {std::begin(digits), end};
}

/// Reads up to `most` octets from `offset` on; fewer only at the end of the file.
octets read_piece(const file_descriptor& file, std::uint64_t offset, std::size_t most) {
  auto piece = std::make_shared_for_overwrite<std::byte[]>(most);
  std::size_t filled = 0;
  while (filled < most) {
    const auto count = ::pread(file.number(), piece.get() + filled, most - filled,
                               static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      throw std::system_error{errno, std::system_category(), "reading a file"};
    if (count == 0)
      break;
    filled += static_cast<std::size_t>(count);
  }
  return {std::move(piece), filled};
}

} // namespace

validators validators_of(std::timespec modified, std::uint64_t size) {
  const auto nanoseconds = static_cast<std::uint64_t>(modified.tv_sec) * 1'000'000'000
                           + static_cast<std::uint64_t>(modified.tv_nsec);
  // Weak: a file that is written in place may change without changing either.
  return {"W/\"" + hexadecimal(nanoseconds) + '-' + hexadecimal(size) + '"', modified.tv_sec};
}

file_answer answer_for(const request& head, std::string_view content_type, std::uint64_t size,
                       const validators& current, std::time_t now) {
  file_answer answer;
  answer.content = {0, size};
  // A clock that was wrong must not send a date from the future. RFC 9110 sec. 8.8.2.1
  answer.fields.add("Last-Modified", format_http_date(std::min(current.modified, now)))
    .add("ETag", current.entity_tag);
  switch (judge_preconditions(head.fields, current, now)) {
    case verdict::not_modified: answer.status = status::not_modified; return answer;
    case verdict::precondition_failed: answer.status = status::precondition_failed; return answer;
    case verdict::proceed: break;
  }
  // Browsers are not to guess: an upload that looks like HTML stays what its name says.
  answer.fields.add("Accept-Ranges", "bytes").add("X-Content-Type-Options", "nosniff");
  const auto range = head.fields.find("Range");
  if (head.method == method::get && range && head.fields.count("Range") == 1
      && allows_range(head.fields, current, now)) {
    const auto asked = parse_range(*range, size);
    const auto total = std::to_string(size);
    if (asked.wanted == range_request::kind::unsatisfiable) {
      answer.status = status::range_not_satisfiable;
      answer.fields.add("Content-Range", "bytes */" + total);
      return answer;
    }
    if (asked.wanted == range_request::kind::part) {
      answer.status = status::partial_content;
      answer.content = asked.part;
      const auto last = asked.part.first + asked.part.length - 1;
      answer.fields.add("Content-Range", "bytes " + std::to_string(asked.part.first) + '-'
                                           + std::to_string(last) + '/' + total);
    }
  }
  answer.fields.add("Content-Type", content_type);
  return answer;
}

bool is_out_of_descriptors(const std::error_code& error) noexcept {
  return error == std::errc::too_many_files_open
         || error == std::errc::too_many_files_open_in_system;
}

response too_many_files() {
  auto answer = text("Too many files are open.\n", status::service_unavailable);
  answer.fields.add("Retry-After", "1");
  return answer;
}

task send_open_file(exchange& http, file_descriptor file, std::string_view content_type) {
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0)
    throw std::system_error{errno, std::system_category(), "fstat"};
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  auto answer = answer_for(http.request(), content_type, size, validators_of(facts.st_mtim, size),
                           std::time(nullptr));
  if (answer.status != status::ok && answer.status != status::partial_content) {
    response refusal{answer.status, std::move(answer.fields), {}};
    co_await http.respond(std::move(refusal));
    co_return;
  }

  // Not awaited yet: the head leaves together with the first piece.
  const auto head_sent = http.begin(answer.status, std::move(answer.fields), answer.content.length);
  if (http.request().method == method::head) {
    co_await head_sent;
    co_return;
  }
  auto offset = answer.content.first;
  const auto end = offset + answer.content.length;
  while (offset < end) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, end - offset));
    auto piece = read_piece(file, offset, wanted);
    if (piece.size() < wanted)
      throw std::runtime_error{"the file was shortened while it was sent"};
    offset += wanted;
    co_await http.send(std::move(piece));
  }
  co_await http.finish();
}

} // namespace sluice
