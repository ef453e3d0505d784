#include "sluice/server/files/content_type.hpp"

#include "sluice/protocol/http/fields.hpp"

namespace sluice {

namespace {

struct entry {
  std::string_view extension;
  std::string_view type;
};

// Texts are taken to be UTF-8: that is what people write today.
constexpr entry table[] = {
  {"avif", "image/avif"},
  {"bin", "application/octet-stream"},
  {"bmp", "image/bmp"},
  {"css", "text/css; charset=utf-8"},
  {"csv", "text/csv; charset=utf-8"},
  {"gif", "image/gif"},
  {"gz", "application/gzip"},
  {"htm", "text/html; charset=utf-8"},
  {"html", "text/html; charset=utf-8"},
  {"ico", "image/vnd.microsoft.icon"},
  {"jpeg", "image/jpeg"},
  {"jpg", "image/jpeg"},
  {"js", "text/javascript; charset=utf-8"},
  {"json", "application/json"},
  {"md", "text/markdown; charset=utf-8"},
  {"mjs", "text/javascript; charset=utf-8"},
  {"mp3", "audio/mpeg"},
  {"mp4", "video/mp4"},
  {"ndjson", "application/x-ndjson"},
  {"ogg", "audio/ogg"},
  {"otf", "font/otf"},
  {"pdf", "application/pdf"},
  {"png", "image/png"},
  {"svg", "image/svg+xml"},
  {"tar", "application/x-tar"},
  {"ttf", "font/ttf"},
  {"txt", "text/plain; charset=utf-8"},
  {"wasm", "application/wasm"},
  {"wav", "audio/wav"},
  {"webm", "video/webm"},
  {"webmanifest", "application/manifest+json"},
  {"webp", "image/webp"},
  {"woff", "font/woff"},
  {"woff2", "font/woff2"},
  {"xml", "application/xml"},
  {"zip", "application/zip"},
};

} // namespace

std::string_view content_type_of(std::string_view file_name) noexcept {
  const auto name = file_name.substr(file_name.rfind('/') + 1);
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos)
    for (const auto& [extension, type] : table)
      if (equals_ignoring_case(extension, name.substr(dot + 1)))
        return type;
  return "application/octet-stream";
}

} // namespace sluice
