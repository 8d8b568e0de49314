// Notices that the built page on disk is another one than the one that is served, and when it has
// come to rest: a build removes and writes files for a while, and half of one is never served.
//
// Looks at index.html and at the folders, a few stat() each time; at every file only while
// something changes. A file that is written over in place, in a folder that stays as it is, is not
// noticed: the next refresh reads it.
//
// Order of calls: mark() before the page is read, served() with it once it is; look() from then on.
// One thread at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace portcullis::bff {

class SiteWatch {
 public:
  /// What is on disk at one time.
  struct Mark {
    std::filesystem::path root;
    std::vector<std::filesystem::path> places;  ///< index.html and the folders
    std::string seen;                           ///< what stat() says of them
  };
  enum class State {
    kSame,
    kChanging,  ///< another page, which was another one still at the last look
    kRested,    ///< another page, the same as at the last look: read it
  };

  [[nodiscard]] static Mark mark(const std::filesystem::path& root);
  /// `mark` is what is served, or what is not worth another try. An empty root: nothing is watched.
  void served(Mark mark);
  [[nodiscard]] State look();
  [[nodiscard]] const std::filesystem::path& root() const noexcept { return served_.root; }

 private:
  Mark served_;
  std::optional<std::string> files_;  // at the last look, while it changes
};

}  // namespace portcullis::bff
