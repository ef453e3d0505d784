#include "sluice/server/top/stall_picture.hpp"

#include "sluice/server/top/terminal_text.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace sluice {

namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  constexpr std::size_t longest = 200;
  throw std::runtime_error{"what came is no stall list, as an admin listener gives: "
                           + shorten(printable(why), longest)};
}

const json& member(const json& of, const char* name) {
  if (!of.is_object())
    refuse("where an object with \"" + std::string{name} + "\" should be is none");
  const auto found = of.find(name);
  if (found == of.end())
    refuse("\"" + std::string{name} + "\" is missing");
  return *found;
}

bool is_there(const json& of, const char* name) {
  const auto found = of.find(name);
  return found != of.end() && !found->is_null();
}

[[noreturn]] void refuse_kind(const char* name, const char* kind) {
  refuse("\"" + std::string{name} + "\" is no " + kind);
}

/// Not get<std::uint64_t>(): of a negative or a large number that makes something else.
std::uint64_t count_in(const json& of, const char* name) {
  const auto& value = member(of, name);
  if (!value.is_number_unsigned())
    refuse_kind(name, "count");
  return value.get<std::uint64_t>();
}

double number_in(const json& of, const char* name) {
  const auto& value = member(of, name);
  if (!value.is_number())
    refuse_kind(name, "number");
  return value.get<double>();
}

bool truth_in(const json& of, const char* name) {
  const auto& value = member(of, name);
  if (!value.is_boolean())
    refuse_kind(name, "truth value");
  return value.get<bool>();
}

std::string text_of(const json& value, const char* name) {
  if (!value.is_string())
    refuse_kind(name, "text");
  return printable(value.get_ref<const std::string&>());
}

std::string text_in(const json& of, const char* name) {
  return text_of(member(of, name), name);
}

const json& list_in(const json& of, const char* name) {
  const auto& value = member(of, name);
  if (!value.is_array())
    refuse_kind(name, "list");
  return value;
}

template <class Read>
auto optional_in(const json& of, const char* name, Read read) {
  using value = decltype(read(of, name));
  return member(of, name).is_null() ? std::nullopt : std::optional<value>{read(of, name)};
}

pictured_server server_of(const json& from) {
  return {text_in(from, "state"),
          count_in(from, "connections"),
          count_in(from, "web_sockets"),
          count_in(from, "handlers"),
          count_in(from, "requests_total"),
          count_in(from, "received_bytes_total"),
          count_in(from, "sent_bytes_total"),
          count_in(from, "resident_bytes")};
}

pictured_loop loop_of(const json& from) {
  return {count_in(from, "loop"), count_in(from, "connections"), truth_in(from, "answered"),
          number_in(from, "busy_seconds"), optional_in(from, "runs", text_in)};
}

pictured_target target_of(const json& from) {
  return {count_in(from, "actor"), optional_in(from, "name", text_in), count_in(from, "waiting")};
}

std::vector<std::string> texts_in(const json& of, const char* name) {
  std::vector<std::string> all;
  for (const auto& each : list_in(of, name))
    all.push_back(text_of(each, name));
  return all;
}

pictured_handler handler_in(const json& of, const char* name) {
  const auto& from = member(of, name);
  pictured_handler made{text_in(from, "placement"), text_in(from, "state"),
                        optional_in(from, "waits_for", texts_in),
                        optional_in(from, "holds_seconds", number_in), std::nullopt};
  if (is_there(from, "asked"))
    made.asked = target_of(member(from, "asked"));
  return made;
}

pictured_stall stall_of(const json& from) {
  pictured_stall made;
  made.peer = text_in(from, "peer");
  made.protocol = text_in(from, "protocol");
  made.method = text_in(from, "method");
  made.route = text_in(from, "route");
  made.phase = text_in(from, "phase");
  made.waits_for = optional_in(from, "waits_for", text_in);
  made.reason = optional_in(from, "reason", text_in);
  made.seconds = number_in(from, "seconds");
  made.seconds_left = optional_in(from, "seconds_left", number_in);
  const auto& octets = member(from, "octets");
  for (const auto* name : {"read", "parked", "unsent"})
    made.here += static_cast<double>(count_in(octets, name));
  made.kernel_unread = count_in(octets, "kernel_unread");
  made.kernel_unsent = count_in(octets, "kernel_unsent");
  made.handler = optional_in(from, "handler", handler_in);
  made.detached_handlers = count_in(from, "detached_handlers");
  return made;
}

json parse(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception&) {
    refuse("it is no JSON");
  }
}

} // namespace

stall_picture read_stalls(std::string_view json) {
  const auto whole = parse(json);
  stall_picture made;
  made.server = server_of(member(whole, "server"));
  for (const auto& each : list_in(whole, "loops"))
    made.loops.push_back(loop_of(each));
  made.matching = count_in(whole, "matching");
  for (const auto& each : list_in(whole, "stalls"))
    made.stalls.push_back(stall_of(each));
  return made;
}

} // namespace sluice
