#include "bench/cost/subject.hpp"
#include "sluice/protocol/http/multipart_parser.hpp"

#include <limits>

namespace bench {
namespace {

using namespace sluice;
using http::multipart_event;

/// Reads all of `input` in pieces of at most `piece` octets. @returns how many parts there are
std::size_t read(std::string_view input, std::string_view boundary, std::size_t piece) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  http::multipart_parser parser{boundary, {most, most, most}};
  std::size_t parts = 0;
  for (auto rest = input; !rest.empty();) {
    const auto fed = rest.substr(0, piece);
    rest.remove_prefix(fed.size());
    parser.feed(as_octets(fed));
    auto event = parser.next();
    for (; event != multipart_event::none; event = parser.next()) {
      expect(event != multipart_event::error);
      if (event == multipart_event::part)
        ++parts;
      if (event == multipart_event::end)
        return parts;
    }
  }
  return parts;
}

constexpr auto whole = std::numeric_limits<std::size_t>::max();

void add(subjects& to, const std::string& name, std::size_t most, std::size_t most_by_octet,
         std::string boundary, const std::function<std::string(std::size_t)>& make) {
  to.push_back({"multipart: " + name, most, make,
                [=](std::string_view input) { expect(read(input, boundary, whole) > 0); }});
  to.push_back({"multipart: " + name + ", octet by octet", most_by_octet, make,
                [=](std::string_view input) { expect(read(input, boundary, 1) > 0); }});
}

} // namespace

subjects multipart() {
  const auto part = [](std::string piece, std::string front) {
    return
      [=](std::size_t octets) { return repeated(octets, piece, "--b\r\n" + front, "\r\n--b--"); };
  };
  subjects all;
  add(all, "content", 5, 420, "b", part("x", "\r\n"));
  add(all, "content of breaks", 65, 490, "b", part("\r\n", "\r\n"));
  add(all, "content of returns", 130, 600, "b", part("\r", "\r\n"));
  add(all, "many parts", 110, 340, "b", part("\r\n--b\r\n", "\r\n"));
  add(all, "many parts with a field", 110, 370, "b", part("\r\n--b\r\nA: b\r\n\r\n", "\r\n"));
  add(all, "a long field", 10, 280, "b",
      [](std::size_t octets) { return repeated(octets, "x", "--b\r\nA: ", "\r\n\r\n\r\n--b--"); });
  add(all, "many fields", 130, 400, "b",
      [](std::size_t octets) { return repeated(octets, "A: b\r\n", "--b\r\n", "\r\n\r\n--b--"); });
  add(all, "blanks behind a boundary", 60, 330, "b",
      [](std::size_t octets) { return repeated(octets, " ", "--b", "\r\n\r\n\r\n--b--"); });
  add(all, "a preamble of breaks", 65, 390, "b",
      [](std::size_t octets) { return repeated(octets, "\r\n", "", "\r\n--b\r\n\r\n\r\n--b--"); });
  // Nearly the boundary, again and again, and one that begins again within itself.
  const std::string longest(70, '-');
  add(all, "content like its boundary", 5, 370, longest, [=](std::size_t octets) {
    return repeated(octets, "\r\n--" + longest.substr(1) + "x", "--" + longest + "\r\n\r\n",
                    "\r\n--" + longest + "--");
  });
  add(all, "content that begins its boundary", 30, 430, longest, [=](std::size_t octets) {
    return repeated(octets, "\r\n--", "--" + longest + "\r\n\r\n", "\r\n--" + longest + "--");
  });
  return all;
}

} // namespace bench
