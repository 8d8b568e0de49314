#include "app/site_watch.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace portcullis::bff {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFolders = 512;
constexpr std::size_t kMaxFiles = 20'000;

void append_stamp(std::string& out, const fs::path& path) {
  struct stat status = {};
  out.append(path.native());
  if (::stat(path.c_str(), &status) != 0) {
    out.append(" -\n");
    return;
  }
  for (const long long part :
       {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
        static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
        static_cast<long long>(status.st_mtim.tv_nsec),
        static_cast<long long>(status.st_ctim.tv_nsec)}) {
    out.append(" ").append(std::to_string(part));
  }
  out.append("\n");
}

std::string stamps_of(const std::vector<fs::path>& places) {
  std::string out;
  for (const fs::path& place : places) append_stamp(out, place);
  return out;
}

/// The stat() data of every file and folder.
std::string files_of(const fs::path& root) {
  std::vector<fs::path> files;
  std::error_code ec;
  fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, ec);
  for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
    if (files.size() == kMaxFiles) break;
    files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return stamps_of(files);
}

}  // namespace

SiteWatch::Mark SiteWatch::mark(const fs::path& root) {
  Mark mark;
  if (root.empty()) return mark;
  mark.root = root;
  mark.places = {root, root / "index.html"};
  std::error_code ec;
  fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, ec);
  for (const fs::recursive_directory_iterator end; !ec && it != end; it.increment(ec)) {
    std::error_code ignored;
    if (mark.places.size() < kMaxFolders && it->is_directory(ignored)) {
      mark.places.push_back(it->path());
    }
  }
  mark.seen = stamps_of(mark.places);
  return mark;
}

void SiteWatch::served(Mark mark) {
  served_ = std::move(mark);
  files_.reset();
}

SiteWatch::State SiteWatch::look() {
  if (served_.root.empty() || stamps_of(served_.places) == served_.seen) {
    files_.reset();
    return State::kSame;
  }
  std::string files = files_of(served_.root);
  const bool rested = files_ == files;
  files_ = std::move(files);
  return rested ? State::kRested : State::kChanging;
}

}  // namespace portcullis::bff
