#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

/// Messages as they stand on the wire, octet for octet.
namespace sluice::sample {

inline constexpr std::string_view get = "GET /hello?name=world HTTP/1.1\r\n"
                                        "Host: example.com\r\n"
                                        "User-Agent: test/1.0\r\n"
                                        "Accept: */*\r\n"
                                        "\r\n";

/// Empty lines first, and fields with an empty value and with whitespace around the value.
inline constexpr std::string_view odd_get = "\r\n\r\n"
                                            "GET / HTTP/1.1\r\n"
                                            "Host:example.com\r\n"
                                            "X-Empty:\r\n"
                                            "X-Blank:  \t \r\n"
                                            "X-Padded: \t a b\t c \t \r\n"
                                            "\r\n";

inline constexpr std::string_view old_get = "GET / HTTP/1.0\r\n"
                                            "\r\n";

inline constexpr std::string_view post = "POST /upload HTTP/1.1\r\n"
                                         "Host: example.com\r\n"
                                         "Content-Length: 11\r\n"
                                         "\r\n"
                                         "hello world";

inline constexpr std::string_view empty_post = "POST /upload HTTP/1.1\r\n"
                                               "Host: example.com\r\n"
                                               "Content-Length: 0\r\n"
                                               "\r\n";

inline constexpr std::string_view chunked_post = "POST /upload HTTP/1.1\r\n"
                                                 "Host: example.com\r\n"
                                                 "Transfer-Encoding: chunked\r\n"
                                                 "\r\n"
                                                 "5\r\n"
                                                 "hello\r\n"
                                                 "1\r\n"
                                                 " \r\n"
                                                 "0005\r\n"
                                                 "world\r\n"
                                                 "0\r\n"
                                                 "\r\n";

/// Chunk extensions and a trailer section.
inline constexpr std::string_view rich_chunked_post = "POST /upload HTTP/1.1\r\n"
                                                      "Host: example.com\r\n"
                                                      "Transfer-Encoding: chunked\r\n"
                                                      "Trailer: Digest, X-Note\r\n"
                                                      "\r\n"
                                                      "A;name=value;flag\r\n"
                                                      "0123456789\r\n"
                                                      "a;name=\"quoted; text\"\r\n"
                                                      "abcdefghij\r\n"
                                                      "000;last\r\n"
                                                      "Digest: abc=\r\n"
                                                      "X-Note: \r\n"
                                                      "\r\n";

inline constexpr std::string_view empty_chunked_post = "POST /upload HTTP/1.1\r\n"
                                                       "Host: example.com\r\n"
                                                       "Transfer-Encoding: chunked\r\n"
                                                       "\r\n"
                                                       "0\r\n"
                                                       "\r\n";

inline constexpr std::string_view absolute_get = "GET http://example.com:8080/a%20b?c HTTP/1.1\r\n"
                                                 "Host: example.com:8080\r\n"
                                                 "\r\n";

inline constexpr std::string_view options_asterisk = "OPTIONS * HTTP/1.1\r\n"
                                                     "Host: example.com\r\n"
                                                     "\r\n";

inline constexpr std::string_view connect = "CONNECT example.com:443 HTTP/1.1\r\n"
                                            "Host: example.com:443\r\n"
                                            "\r\n";

/// The opening handshake of RFC 6455 sec. 1.2.
inline constexpr std::string_view upgrade = "GET /chat HTTP/1.1\r\n"
                                            "Host: server.example.com\r\n"
                                            "Upgrade: websocket\r\n"
                                            "Connection: Upgrade\r\n"
                                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                            "Sec-WebSocket-Version: 13\r\n"
                                            "\r\n";

/// An upgrade that asks for something else and carries content: an ordinary request to us.
inline constexpr std::string_view upgrade_with_content = "POST / HTTP/1.1\r\n"
                                                         "Host: example.com\r\n"
                                                         "Connection: upgrade\r\n"
                                                         "Upgrade: h2c\r\n"
                                                         "Content-Length: 3\r\n"
                                                         "\r\n"
                                                         "abc";

inline constexpr std::string_view conflicting_post = "POST / HTTP/1.1\r\n"
                                                     "Host: example.com\r\n"
                                                     "Content-Length: 5\r\n"
                                                     "Transfer-Encoding: chunked\r\n"
                                                     "\r\n"
                                                     "0\r\n"
                                                     "\r\n";

/// Every message above that a server must accept.
inline constexpr std::array accepted{
  get,
  odd_get,
  old_get,
  post,
  empty_post,
  chunked_post,
  rich_chunked_post,
  empty_chunked_post,
  connect,
  upgrade,
  absolute_get,
  options_asterisk,
  upgrade_with_content,
};

/// A chunked request of `count` chunks of one octet each, 'a' to 'z' over and over.
inline std::string tiny_chunks(std::size_t count) {
  std::string message = "POST /tiny HTTP/1.1\r\n"
                        "Host: example.com\r\n"
                        "Transfer-Encoding: chunked\r\n"
                        "\r\n";
  for (std::size_t i = 0; i < count; ++i) {
    message += "1\r\n";
    message += static_cast<char>('a' + i % 26);
    message += "\r\n";
  }
  return message + "0\r\n\r\n";
}

} // namespace sluice::sample
