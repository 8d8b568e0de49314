#include "http/static_site.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "http/ascii.hpp"
#include "http/security_headers.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis::bff {

namespace {

namespace fs = std::filesystem;

struct MediaType {
  std::string_view extension;
  std::string_view type;
  bool compressible;
};

constexpr std::array<MediaType, 19> kMediaTypes{{
    {".html", "text/html; charset=utf-8", true},
    {".js", "text/javascript; charset=utf-8", true},
    {".mjs", "text/javascript; charset=utf-8", true},
    {".css", "text/css; charset=utf-8", true},
    {".json", "application/json", true},
    {".map", "application/json", true},
    {".webmanifest", "application/manifest+json", true},
    {".svg", "image/svg+xml", true},
    {".txt", "text/plain; charset=utf-8", true},
    {".wasm", "application/wasm", true},
    {".ico", "image/x-icon", true},
    {".png", "image/png", false},
    {".jpg", "image/jpeg", false},
    {".jpeg", "image/jpeg", false},
    {".webp", "image/webp", false},
    {".avif", "image/avif", false},
    {".gif", "image/gif", false},
    {".woff2", "font/woff2", false},
    {".woff", "font/woff", false},
}};

std::string_view extension_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

const MediaType* find_type(std::string_view path) noexcept {
  const std::string_view extension = extension_of(path);
  const auto* found =
      std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                   [&](const MediaType& type) { return iequals(type.extension, extension); });
  return found == kMediaTypes.end() ? nullptr : found;
}

/// "name-5f2Ab9xQ.js" under /assets/: the bundler puts a hash of the content before the extension.
bool has_hash(std::string_view path) noexcept {
  if (path.substr(0, 8) != "/assets/") return false;
  const std::string_view stem = path.substr(0, path.size() - extension_of(path).size());
  if (stem.size() < 10) return false;
  const std::string_view hash = stem.substr(stem.size() - 8);
  const char before = stem[stem.size() - 9];
  return (before == '-' || before == '.') && std::all_of(hash.begin(), hash.end(), [](char c) {
           return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
         });
}

/// Behind "<head ...>"; in a document that leaves that tag out, behind its doctype, where the
/// parser opens the head by itself.
std::size_t find_head(std::string_view html) noexcept {
  std::size_t after_doctype = 0;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const std::string_view tag = html.substr(at + 1);
    const std::size_t end = html.find('>', at);
    if (end == html.npos) break;
    if (iequals(tag.substr(0, 8), "!doctype")) after_doctype = end + 1;
    if (iequals(tag.substr(0, 4), "head") && !is_token_char(tag[4])) return end + 1;
  }
  return after_doctype;
}

/// The request path of a file: percent-encoded the way the canonical path has it.
std::string request_path(const fs::path& relative) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded = "/";
  for (const char c : relative.generic_string()) {
    if (is_alpha(c) || is_digit(c) ||
        std::string_view("-._~/!$&'()*+,:=@").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<unsigned char>(c) >> 4U];
      encoded += kHex[static_cast<unsigned char>(c) & 0xfU];
    }
  }
  CanonicalPath path;
  return canonicalize(encoded, path) == Code::kAllowed ? std::string(path.path()) : std::string();
}

}  // namespace

std::string_view media_type_of(std::string_view path) noexcept {
  const MediaType* type = find_type(path);
  return type == nullptr ? std::string_view("application/octet-stream") : type->type;
}

bool spa_may_answer(std::string_view path) noexcept {
  return std::none_of(reserved::kSpaFallbackNever.begin(), reserved::kSpaFallbackNever.end(),
                      [&](std::string_view prefix) { return at_or_below(path, prefix); });
}

StaticSite StaticSite::load(const fs::path& root, std::string& problem) {
  StaticSite site;
  std::error_code ec;
  fs::recursive_directory_iterator it(root, fs::directory_options::none, ec);
  if (ec) {
    problem = root.string() + " cannot be read: " + ec.message();
    return site;
  }
  std::uintmax_t bytes = 0;
  for (const fs::recursive_directory_iterator end; it != end; it.increment(ec)) {
    if (ec) {
      problem = root.string() + " cannot be read: " + ec.message();
      break;
    }
    const fs::directory_entry& entry = *it;
    if (entry.path().filename().string().front() == '.') {
      if (entry.is_directory(ec)) it.disable_recursion_pending();
      continue;
    }
    if (entry.is_symlink(ec) || !entry.is_regular_file(ec)) continue;
    const std::string path = request_path(entry.path().lexically_relative(root));
    if (path.empty() || !spa_may_answer(path)) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    bytes += content.size();
    if (site.files_.size() >= kMaxFiles || bytes > kMaxBytes) {
      problem = root.string() + " is too large to be served from memory";
      break;
    }
    const MediaType* type = find_type(path);
    File file;
    file.media_type = media_type_of(path);
    file.html = extension_of(path) == ".html";
    file.immutable = has_hash(path);
    file.compressible = type != nullptr && type->compressible;
    if (file.html) {
      file.head_at = find_head(content);
      for (std::string& hash : bff::import_map_hashes(content)) {
        auto& known = site.import_map_hashes_;
        if (std::find(known.begin(), known.end(), hash) == known.end()) {
          known.push_back(std::move(hash));
        }
      }
    }
    file.content = std::make_shared<const Bundle>(std::move(content));
    site.files_.emplace(path, std::move(file));
  }
  if (problem.empty() && site.files_.find("/index.html") == site.files_.end()) {
    problem = root.string() + " has no index.html";
  }
  return site;
}

const StaticSite::File* StaticSite::find(std::string_view path) const {
  if (!spa_may_answer(path)) return nullptr;
  auto found = files_.find(path);
  if (found == files_.end()) {
    if (!extension_of(path).empty()) return nullptr;
    found = files_.find(std::string_view("/index.html"));
  }
  return found == files_.end() ? nullptr : &found->second;
}

void StaticSite::compress() const {
  for (const auto& [path, file] : files_) {
    if (!file.compressible) continue;
    (void)file.content->body(Encoding::kGzip);
    (void)file.content->body(Encoding::kBrotli);
  }
}

}  // namespace portcullis::bff
