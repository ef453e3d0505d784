#pragma once

#include "sluice/actors/handler/task.hpp"
#include "sluice/actors/net/file_descriptor.hpp"
#include "sluice/protocol/http/byte_range.hpp"
#include "sluice/protocol/http/message.hpp"
#include "sluice/protocol/http/preconditions.hpp"

#include <cstdint>
#include <ctime>
#include <string_view>
#include <system_error>

namespace sluice {

class exchange;

/// How a request for a regular file is answered, before any of its content is read.
struct file_answer {
  sluice::status status = sluice::status::ok;
  sluice::fields fields;
  byte_range content; ///< what of the file follows; unused when the status has no content of it
};

/// The validators of a file of `size` octets that was changed at `modified`.
[[nodiscard]] validators validators_of(std::timespec modified, std::uint64_t size);

/// Decides by the conditions and the range that `head` asks for. A pure function.
[[nodiscard]] file_answer answer_for(const request& head, std::string_view content_type,
                                     std::uint64_t size, const validators& current,
                                     std::time_t now);

/// Whether `error` says that there is no descriptor left for another file: EMFILE, ENFILE.
[[nodiscard]] bool is_out_of_descriptors(const std::error_code& error) noexcept;
/// What a client is told then: 503, and when to try again.
[[nodiscard]] response too_many_files();

/// Answers with the regular file `file`, 64 KiB at a time. It blocks for file I/O. A file that
/// turns out shorter than it was ends in a truncated response, never in a padded one.
task send_open_file(exchange& http, file_descriptor file, std::string_view content_type);

} // namespace sluice
