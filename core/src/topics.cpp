#include "portcullis/topics.hpp"

#include <algorithm>
#include <cstring>

#include "filled.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/reserved.hpp"

namespace portcullis {
namespace {

/// Whether `prefix` covers `path`, at a segment boundary.
bool covers(std::string_view prefix, std::string_view path) noexcept {
  if (path.substr(0, prefix.size()) != prefix) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

/// Whether the entry has '*', or a segment that begins with ':': the author mistook it for a
/// template.
bool has_wildcard(std::string_view entry) noexcept {
  return entry.find('*') != std::string_view::npos || entry.find("/:") != std::string_view::npos;
}

/// Whether the entry covers any path that only the host may open. There are no exceptions: an entry
/// covers everything below it.
bool reaches_reserved(std::string_view entry) noexcept {
  return std::any_of(
      reserved::kApiPrefixes.begin(), reserved::kApiPrefixes.end(),
      [entry](std::string_view prefix) { return covers(entry, prefix) || covers(prefix, entry); });
}

Code check(const std::string& entry, std::string& detail) {
  CanonicalPath path;
  std::size_t offset = 0;
  if (const Code code = canonicalize(entry, path, &offset); code != Code::kAllowed) {
    detail = filled("not a canonical path: @ at byte @", {name(code), offset});
    return Code::kTopicNotCanonical;
  }
  if (path.has_query() || path.path() != entry) {
    detail = path.has_query() ? "an entry has no query; the query of a topic is ignored"
                              : filled("not canonical, which would be @", {path.path()});
    return Code::kTopicNotCanonical;
  }
  if (has_wildcard(entry)) {
    detail = "an entry is a prefix that covers everything below it; remove '*' and ':name'";
    return Code::kTopicWildcard;
  }
  return Code::kAllowed;
}

}  // namespace

std::optional<TopicList> TopicList::compile(const std::vector<std::string>& prefixes,
                                            std::vector<TopicProblem>* problems) {
  bool failed = false;
  const auto report = [&](std::size_t entry, Code code, std::string detail) {
    failed = true;
    if (problems != nullptr) problems->push_back({entry, code, std::move(detail)});
  };
  TopicList list;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (i == limits::kMaxSsePrefixesPerPlugin) {
      report(i, Code::kManifestTooMany,
             filled("a plugin has at most @ permissions.sse entries",
                    {limits::kMaxSsePrefixesPerPlugin}));
      break;
    }
    std::string detail;
    if (const Code code = check(prefixes[i], detail); code != Code::kAllowed) {
      report(i, code, std::move(detail));
    } else if (reaches_reserved(prefixes[i])) {
      report(i, Code::kTopicReserved,
             "it would reach /auth, /access or /api/plugins, which only the host may open");
    }
    list.add(prefixes[i]);
  }
  if (failed) return std::nullopt;
  return list;
}

TopicList TopicList::lenient(const std::vector<std::string>& prefixes) {
  TopicList list;
  std::string detail;
  for (const std::string& prefix : prefixes) {
    list.add(check(prefix, detail) == Code::kAllowed ? std::string_view(prefix) : "");
  }
  return list;
}

void TopicList::add(std::string_view prefix) {
  entries_.push_back(
      {static_cast<std::uint32_t>(texts_.size()), static_cast<std::uint32_t>(prefix.size())});
  texts_ += prefix;
}

int TopicList::find(std::string_view canonical_path) const noexcept {
  int best = -1;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view entry = text(static_cast<int>(i));
    if (entry.size() > longest && covers(entry, canonical_path)) {
      best = static_cast<int>(i);
      longest = entry.size();
    }
  }
  return best;
}

int TopicList::nearest(std::string_view canonical_path) const noexcept {
  int best = -1;
  std::size_t most = 1;  // the leading '/' does not count
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view entry = text(static_cast<int>(i));
    const std::size_t size = std::min(entry.size(), canonical_path.size());
    const auto same = static_cast<std::size_t>(
        std::mismatch(entry.begin(), entry.begin() + size, canonical_path.begin()).first -
        entry.begin());
    if (same > most) {
      best = static_cast<int>(i);
      most = same;
    }
  }
  return best;
}

std::string_view TopicList::text(int entry) const noexcept {
  const Entry& found = entries_[static_cast<std::size_t>(entry)];
  return std::string_view(texts_).substr(found.offset, found.length);
}

}  // namespace portcullis
