// Detects that the built page on disk differs from the one served, and that its build is complete:
// a build takes a while, and a partial one is never served.
//
// Each look costs a few stat() calls for index.html and the folders, and one per file only during a
// change. A file overwritten in place in an unchanged folder is not detected; the next refresh
// reads it.
//
// Call mark() before reading the page and served() after it, then look() periodically. Not
// thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::bff {

/// The watch over one folder.
class SiteWatch {
 public:
  /// The state on disk at one time.
  struct Mark {
    std::filesystem::path root;
    std::vector<std::filesystem::path> places;  ///< index.html and the folders
    std::string seen;                           ///< their stat() data
  };
  /// The result of look().
  enum class State {
    kSame,
    kChanging,  ///< a different page, which also differs from the last look
    kRested,    ///< a different page, unchanged since the last look: read it
  };

  /// Records the current state on disk.
  [[nodiscard]] static Mark mark(const std::filesystem::path& root);
  /// `mark` is served, or not worth another attempt. An empty root disables the watch.
  void served(Mark mark);
  /// Compares the disk with what is served.
  [[nodiscard]] State look();
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return served_.root; }

 private:
  Mark served_;
  std::optional<std::string> files_;  // at the last look, during a change
};

}  // namespace portcullis::bff
