// The single-page app's files, read into memory as a whole: no partial deployment is served, and
// requests never touch the disk. Immutable after set-up; thread-safe.
//
// A path is answered by: the file of exactly that path; for "/help/" that folder's index.html, with
// a redirect from "/help"; a hashed file of the previous build; index.html for paths without file
// extension and for navigation (the page routes it). Never index.html below reserved::kSpaFilesOnly
// or in hidden folders; nothing for reserved::kSpaFallbackNever and probes. Caching: HTML is
// no-store (it contains a session's page); files with a hash in their name, according to the build
// (build_list.hpp), are immutable; the rest is revalidated by ETag.
//
// Not read: links and files outside the root, hidden files except those of /.well-known (RFC 8615),
// special files.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/content.hpp"
#include "http/media_type.hpp"

namespace portcullis::bff {

/// One build of the page.
class StaticSite {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// One file.
  struct File {
    std::shared_ptr<const Content> content;  ///< bytes, hash, ETag, compressed forms
    std::string_view media_type;
    bool html = false;
    bool immutable = false;
    bool compressible = false;
    std::size_t head_at = 0;  ///< HTML: offset of the first position in its <head>
  };

  /// Problems of load(). `problem`: one sentence if the folder is unreadable, has no index.html or
  /// is too large; what was read so far is still returned. `warnings`: a sentence per unreachable
  /// file.
  struct Report {
    std::string problem;
    std::vector<std::string> warnings;
  };

  /// Maximum number of files.
  static constexpr std::size_t kMaxFiles = 10'000;
  /// Maximum total size in bytes.
  static constexpr std::uintmax_t kMaxBytes = 256U * 1024 * 1024;
  /// Files of earlier builds: how long, how many, and how many bytes are kept.
  static constexpr std::chrono::hours kKeepFor{24};
  static constexpr std::size_t kMaxKeptFiles = 4'000;
  static constexpr std::uintmax_t kMaxKeptBytes = 64U * 1024 * 1024;

  /// Reads the folder. A missing folder is a problem.
  [[nodiscard]] static StaticSite load(const std::filesystem::path& root, Report& report);

  /// Keeps the hashed files of the previous build that this one does not have, for open documents;
  /// never HTML. If there is not enough room, files of the newest build take precedence.
  void keep_files_of(const StaticSite& before, Time now);

  /// The result of find().
  struct Answer {
    const File* file = nullptr;  ///< null if nothing was found
    bool stands_in = false;      ///< index.html, for a path that the page routes
    bool is_folder = false;      ///< the path plus '/' has an index.html: redirect there
  };
  /// Finds the answer for a canonical path. `for_page`: asks_for_page().
  [[nodiscard]] Answer find(std::string_view canonical_path, bool for_page, Time now) const;

  /// The CSP hashes of all inline scripts in the site's HTML files.
  [[nodiscard]] const std::vector<std::string>& script_hashes() const noexcept {
    return script_hashes_;
  }
  /// Number of files of this build.
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  /// Number of files kept of earlier builds.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }
  /// Creates the compressed forms now instead of on first request.
  void compress() const;

 private:
  struct Kept {
    File file;
    Time until;
  };
  bool add(const std::string& path, std::string content, bool hashed);
  [[nodiscard]] const File* exactly(std::string_view path) const;

  std::map<std::string, File, std::less<>> files_;  // by canonical path
  std::map<std::string, Kept, std::less<>> kept_;   // of earlier builds; disjoint from files_
  std::vector<std::string> script_hashes_;
  std::uintmax_t bytes_ = 0;
};

/// Whether the page may answer this path at all (reserved::kSpaFallbackNever).
[[nodiscard]] bool spa_may_answer(std::string_view canonical_path) noexcept;

/// Whether the path is a probe (/healthz etc.), which belongs to the metrics port.
[[nodiscard]] bool is_probe(std::string_view canonical_path) noexcept;

}  // namespace portcullis::bff
