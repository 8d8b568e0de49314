#include "portcullis/nearest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace portcullis {

namespace {

constexpr std::size_t kLongest = 32;
constexpr std::size_t kTooFar = 3;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Optimal string alignment distance of two short words.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > kLongest || b.size() > kLongest) return kTooFar;
  if (a.size() > b.size() + 2 || b.size() > a.size() + 2) return kTooFar;
  using Row = std::array<std::size_t, kLongest + 1>;
  Row two_above{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_above = above;
    above = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j - 1] + (same ? 0 : 1), above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], two_above[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

// Whether one is a prefix of the other.
bool extends(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

template <typename Words>
std::string_view nearest_in(std::string_view word, const Words& known) {
  std::string_view nearest;
  std::size_t fewest = kTooFar;
  for (const std::string_view candidate : known) {
    const std::size_t edits = distance(word, candidate);
    // Ignore words with little in common. Of equally near ones, prefer a prefix or extension.
    const bool nearer =
        edits < fewest || (edits == fewest && extends(candidate, word) && !extends(nearest, word));
    if (nearer && edits < kTooFar && edits * 2 < candidate.size()) {
      fewest = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace

std::string_view nearest(std::string_view word,
                         std::initializer_list<std::string_view> known) noexcept {
  return nearest_in(word, known);
}

std::string_view nearest(std::string_view word, const std::vector<std::string>& known) noexcept {
  return nearest_in(word, known);
}

}  // namespace portcullis
