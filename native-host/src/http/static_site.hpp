// The single-page app's files, read into memory as a whole, so that what is served never is half of
// a deployment and no request touches the disk.
//
// Which answer: the file of exactly that path; for "/help/" the index.html of that folder, and a
// redirect to it for "/help"; a hashed file of the build before; index.html for a path without a
// file extension, and for any path that a browser navigates to (the page routes it). Never
// index.html below reserved::kSpaFilesOnly or in a hidden folder; nothing at all for
// reserved::kSpaFallbackNever and the probes. Caching: HTML is no-store (it carries a session's
// page); files whose name holds a hash, as the build's own list says (build_list.hpp), are
// immutable; all else is revalidated with its ETag.
//
// Links and files outside the root, hidden files other than those of /.well-known (RFC 8615) and
// special files are not read.
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

class StaticSite {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct File {
    std::shared_ptr<const Content> content;  ///< bytes, hash, ETag, compressed forms
    std::string_view media_type;
    bool html = false;
    bool immutable = false;
    bool compressible = false;
    std::size_t head_at = 0;  ///< HTML: where the first thing in its <head> would stand
  };

  /// What load() could not do. `problem`: one sentence when the folder could not be read, has no
  /// index.html or is too large; what was read until then is in the answer all the same.
  /// `warnings`: a sentence for each file that no request can reach.
  struct Report {
    std::string problem;
    std::vector<std::string> warnings;
  };

  static constexpr std::size_t kMaxFiles = 10'000;
  static constexpr std::uintmax_t kMaxBytes = 256U * 1024 * 1024;
  /// Of builds before: how long their hashed files are served, how many, and how large they are.
  static constexpr std::chrono::hours kKeepFor{24};
  static constexpr std::size_t kMaxKeptFiles = 4'000;
  static constexpr std::uintmax_t kMaxKeptBytes = 64U * 1024 * 1024;

  /// Reads the folder. A missing one is a problem.
  [[nodiscard]] static StaticSite load(const std::filesystem::path& root, Report& report);

  /// Takes over the files of the page that was served before and that this one does not have, for
  /// documents that are open: those whose name holds a hash, as far as can be told, never HTML.
  /// The newest build's go first where there is no room for all.
  void keep_files_of(const StaticSite& before, Time now);

  struct Answer {
    const File* file = nullptr;  ///< null: nothing is there
    bool stands_in = false;      ///< index.html, for a path that it routes itself
    bool is_folder = false;  ///< the path with a '/' behind it has an index.html: redirect there
  };
  /// What answers a canonical path. `for_page`: asks_for_page().
  [[nodiscard]] Answer find(std::string_view canonical_path, bool for_page, Time now) const;

  /// The CSP hashes of every inline script in the site's HTML files.
  [[nodiscard]] const std::vector<std::string>& script_hashes() const noexcept {
    return script_hashes_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }
  /// Makes the compressed forms, which are otherwise made at the first request for each.
  void compress() const;

 private:
  struct Kept {
    File file;
    Time until;
  };
  bool add(const std::string& path, std::string content, bool hashed);
  [[nodiscard]] const File* exactly(std::string_view path) const;

  std::map<std::string, File, std::less<>> files_;  // by canonical path
  std::map<std::string, Kept, std::less<>> kept_;   // of builds before; none is in files_
  std::vector<std::string> script_hashes_;
  std::uintmax_t bytes_ = 0;
};

/// Whether the built page may answer for a path at all (reserved::kSpaFallbackNever).
[[nodiscard]] bool spa_may_answer(std::string_view canonical_path) noexcept;

/// /healthz and the like: of the metrics port, and never the page's.
[[nodiscard]] bool is_probe(std::string_view canonical_path) noexcept;

}  // namespace portcullis::bff
