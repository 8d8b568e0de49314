#include "http/static_site.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "http/build_list.hpp"
#include "http/html_scan.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/path_prefix.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis::bff {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kWellKnown = "/.well-known";
constexpr std::size_t kMaxWarnings = 10;

/// Whether the name may contain a hash: "name-5f2Ab9xQ.js" below /assets. Not reliable enough for
/// immutable, but for keeping a file for a day.
bool looks_hashed(std::string_view path) noexcept {
  if (!at_or_below(path, "/assets")) return false;
  const std::string_view stem = path.substr(0, path.size() - extension_of(path).size());
  if (stem.size() < 10) return false;
  const std::string_view hash = stem.substr(stem.size() - 8);
  const char before = stem[stem.size() - 9];
  return (before == '-' || before == '.') && std::all_of(hash.begin(), hash.end(), [](char c) {
           return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
         });
}

/// The request path of a file, percent-encoded as in canonical paths. Empty if no path reaches it.
std::string request_path(const fs::path& relative) {
  std::string encoded = "/";
  for (const char c : relative.generic_string()) {
    if (is_alpha(c) || is_digit(c) ||
        std::string_view("-._~/!$&'()*+,:=@").find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      append_percent(encoded, static_cast<unsigned char>(c));
    }
  }
  CanonicalPath path;
  return canonicalize(encoded, path) == Code::kAllowed ? std::string(path.path()) : std::string();
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// RFC 8615 names without extension, e.g. "apple-app-site-association", are mostly JSON.
std::string_view well_known_type(std::string_view content) {
  return nlohmann::json::accept(content) ? "application/json" : "text/plain; charset=utf-8";
}

bool has_hidden_segment(std::string_view path) noexcept {
  return path.find("/.") != std::string_view::npos;
}

}  // namespace

bool spa_may_answer(std::string_view path) noexcept {
  return !at_or_below_any(path, reserved::kSpaFallbackNever);
}

bool is_probe(std::string_view path) noexcept {
  if (at_or_below_any(path, reserved::kProbePrefixes)) return true;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::find(reserved::kProbeExact.begin(), reserved::kProbeExact.end(), path) !=
         reserved::kProbeExact.end();
}

/// Returns false if the site is too large.
bool StaticSite::add(const std::string& path, std::string content, bool hashed) {
  bytes_ += content.size();
  if (files_.size() >= kMaxFiles || bytes_ > kMaxBytes) return false;
  const MediaType* type = find_media_type(path);
  File file;
  file.media_type = media_type_of(path);
  file.html = file.media_type.starts_with("text/html");
  file.immutable = hashed;
  file.compressible = type != nullptr && type->compress;
  if (type == nullptr && extension_of(path).empty() && at_or_below(path, kWellKnown)) {
    file.media_type = well_known_type(content);
  }
  if (file.html) {
    HtmlFacts facts = scan_html(content);
    file.head_at = facts.head_at;
    for (std::string& hash : facts.script_hashes) {
      if (std::find(script_hashes_.begin(), script_hashes_.end(), hash) == script_hashes_.end()) {
        script_hashes_.push_back(std::move(hash));
      }
    }
  }
  file.content = std::make_shared<const Content>(std::move(content));
  files_.emplace(path, std::move(file));
  return true;
}

StaticSite StaticSite::load(const fs::path& root, Report& report) {
  StaticSite site;
  std::error_code ec;
  fs::recursive_directory_iterator it(root, fs::directory_options::none, ec);
  if (ec) {
    report.problem = root.string() + " cannot be read: " + ec.message();
    return site;
  }
  const auto warn = [&](const std::string& file, std::string_view why) {
    if (report.warnings.size() < kMaxWarnings) {
      report.warnings.push_back(file + " is never served: " + std::string(why));
    }
  };
  const auto hashed = hashed_files(read_file(root / kBuildList));
  for (const fs::recursive_directory_iterator end; it != end; it.increment(ec)) {
    if (ec) {
      report.problem = root.string() + " cannot be read: " + ec.message();
      break;
    }
    const fs::directory_entry& entry = *it;
    const std::string name = entry.path().filename().string();
    const bool well_known = it.depth() == 0 && "/" + name == kWellKnown;
    if (name.front() == '.' && !well_known) {
      if (entry.is_directory(ec)) it.disable_recursion_pending();
      continue;
    }
    if (entry.is_symlink(ec) || !entry.is_regular_file(ec)) continue;
    const fs::path relative = entry.path().lexically_relative(root);
    const std::string path = request_path(relative);
    if (path.empty()) {
      warn(relative.string(), "no path can name it (docs/manifest.md, \"Characters of a path\")");
    } else if (!spa_may_answer(path) || is_probe(path)) {
      warn(relative.string(), "its address is the server's own");
    } else if (!site.add(path, read_file(entry.path()), hashed.contains(relative.string()))) {
      report.problem = root.string() + " is too large to be served from memory";
      break;
    }
  }
  if (report.problem.empty() && site.exactly("/index.html") == nullptr) {
    report.problem = root.string() + " has no index.html";
  }
  return site;
}

void StaticSite::keep_files_of(const StaticSite& before, Time now) {
  std::uintmax_t bytes = 0;
  const auto keep = [&](const std::string& path, const File& file, Time until) {
    if (exactly(path) != nullptr || kept_.size() >= kMaxKeptFiles) return;
    bytes += file.content->identity()->size();
    if (bytes <= kMaxKeptBytes) kept_.try_emplace(path, Kept{file, until});
  };
  for (const auto& [path, file] : before.files_) {
    if (!file.html && (file.immutable || looks_hashed(path))) keep(path, file, now + kKeepFor);
  }
  for (const auto& [path, kept] : before.kept_) {
    if (kept.until > now) keep(path, kept.file, kept.until);
  }
}

const StaticSite::File* StaticSite::exactly(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

StaticSite::Answer StaticSite::find(std::string_view path, bool for_page, Time now) const {
  if (!spa_may_answer(path) || is_probe(path)) return {};
  if (const File* file = exactly(path)) return {.file = file};
  const bool slash = path.ends_with('/');
  const std::string index = std::string(path).append(slash ? "" : "/").append(kIndex);
  if (const File* file = exactly(index)) return {.file = file, .is_folder = !slash};
  if (const auto old = kept_.find(path); old != kept_.end() && now < old->second.until) {
    return {.file = &old->second.file};
  }
  const bool may_stand_in = (for_page || extension_of(path).empty()) &&
                            !at_or_below_any(path, reserved::kSpaFilesOnly) &&
                            !has_hidden_segment(path);
  return {.file = may_stand_in ? exactly("/index.html") : nullptr, .stands_in = may_stand_in};
}

void StaticSite::compress() const {
  for (const auto& [path, file] : files_) {
    if (!file.compressible) continue;
    (void)file.content->body(Encoding::kGzip);
    (void)file.content->body(Encoding::kBrotli);
  }
}

}  // namespace portcullis::bff
