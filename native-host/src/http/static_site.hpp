// The single-page app's files, read into memory as a whole, so that what is served never is half of
// a deployment and no request touches the disk.
//
// Which answer: the file of exactly that path; index.html for a path without a file extension (the
// page routes it), never for reserved::kSpaFallbackNever; otherwise nothing (404).
// Caching: HTML is no-store (it carries a session's page); files whose name holds a hash are
// immutable; all else is revalidated with its ETag.
//
// Links and files outside the root, hidden files and special files are not read.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "registry/bundle_store.hpp"

namespace portcullis::bff {

/// "text/html; charset=utf-8" by the file's extension; application/octet-stream when unknown.
[[nodiscard]] std::string_view media_type_of(std::string_view path) noexcept;

class StaticSite {
 public:
  struct File {
    std::shared_ptr<const Bundle> content;  ///< bytes, hash, ETag, compressed forms
    std::string_view media_type;
    bool html = false;
    bool immutable = false;
    bool compressible = false;
    std::size_t head_at = 0;  ///< HTML: where the first thing in its <head> would stand
  };

  static constexpr std::size_t kMaxFiles = 10'000;
  static constexpr std::uintmax_t kMaxBytes = 256U * 1024 * 1024;

  /// Reads the folder. `problem` is one sentence when it could not be read or is too large; what
  /// was read until then is in the answer all the same. A missing folder is a problem.
  [[nodiscard]] static StaticSite load(const std::filesystem::path& root, std::string& problem);

  /// The file that answers a canonical path, or null.
  [[nodiscard]] const File* find(std::string_view canonical_path) const;

  /// Of every inline import map in the site's HTML files.
  [[nodiscard]] const std::vector<std::string>& import_map_hashes() const noexcept {
    return import_map_hashes_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  /// Makes the compressed forms, which are otherwise made at the first request for each.
  void compress() const;

 private:
  std::map<std::string, File, std::less<>> files_;  // by canonical path
  std::vector<std::string> import_map_hashes_;
};

/// Whether the site's document may answer for a path (reserved::kSpaFallbackNever).
[[nodiscard]] bool spa_may_answer(std::string_view canonical_path) noexcept;

}  // namespace portcullis::bff
