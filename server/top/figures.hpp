#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// For people, in at most six columns: "0.3s", "59.9s", "3m12s", "1h02m", "2d03h".
[[nodiscard]] std::string format_seconds(double seconds);
/// The same in a sentence: "4.7 s".
[[nodiscard]] std::string spoken_seconds(double seconds);
/// For people, in at most four columns: "999", "1.2K", "64K", "1.2M"; powers of 1024.
[[nodiscard]] std::string format_octets(double octets);
/// Events a second: "0.3", "1200".
[[nodiscard]] std::string format_rate(double per_second);
/// "1 connection", "2 connections".
[[nodiscard]] std::string format_count(std::uint64_t count, std::string_view noun);

} // namespace sluice
