#include "portcullis/semver.hpp"

#include <algorithm>
#include <numeric>

#include "decimal.hpp"
#include "semver_scan.hpp"
#include "small_sort.hpp"

namespace portcullis::semver {
namespace {

using detail::VersionView;

void append_version(const Version& version, std::string& out) {
  append_decimal(out, version.major);
  out.push_back('.');
  append_decimal(out, version.minor);
  out.push_back('.');
  append_decimal(out, version.patch);
  if (version.is_prerelease()) {
    out.push_back('-');
    out.append(version.prerelease);
  }
}

std::string_view text_of(Operator op) noexcept {
  switch (op) {
    case Operator::kEqual:
      return "";
    case Operator::kLess:
      return "<";
    case Operator::kLessOrEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterOrEqual:
      return ">=";
  }
  return "";
}

Version owned(const VersionView& version) {
  return {version.major, version.minor, version.patch, std::string(version.prerelease)};
}

/// "<0.0.0-0": node's notation for the empty range; no version is below it.
bool is_null(const Comparator& comparator) noexcept {
  const Version& version = comparator.version;
  return comparator.op == Operator::kLess && version.major == 0 && version.minor == 0 &&
         version.patch == 0 && version.prerelease == "0";
}

/// A total order under which only comparators of equal text are equal.
int identity_order(const Comparator& a, const Comparator& b) noexcept {
  const auto order = [](auto x, auto y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (const int by = order(a.op, b.op); by != 0) return by;
  if (const int by = order(a.version.major, b.version.major); by != 0) return by;
  if (const int by = order(a.version.minor, b.version.minor); by != 0) return by;
  if (const int by = order(a.version.patch, b.version.patch); by != 0) return by;
  return a.version.prerelease.compare(b.version.prerelease);
}

/// Keeps the first of equal comparators, like node's Map. Sorting avoids quadratic time for ranges
/// of many thousand comparators.
void drop_duplicates(std::vector<Comparator>& list, std::size_t begin) {
  const std::size_t count = list.size() - begin;
  if (count < 2) return;
  if (count == 2) {
    if (identity_order(list[begin], list[begin + 1]) == 0) list.pop_back();
    return;
  }
  std::vector<std::size_t> sorted(count);
  std::iota(sorted.begin(), sorted.end(), begin);
  small_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
    const int by = identity_order(list[a], list[b]);
    return by != 0 ? by < 0 : a < b;
  });
  std::vector<unsigned char> drop(count);
  for (std::size_t i = 1; i < count; ++i) {
    if (identity_order(list[sorted[i - 1]], list[sorted[i]]) == 0) drop[sorted[i] - begin] = 1;
  }
  std::size_t out = begin;
  for (std::size_t i = begin; i < begin + count; ++i) {
    if (drop[i - begin] != 0) continue;
    if (out != i) list[out] = std::move(list[i]);
    ++out;
  }
  list.resize(out);
}

/// Collects a range.
class Collector final : public detail::RangeSink {
 public:
  Collector(std::vector<Comparator>& comparators, std::vector<std::uint32_t>& ends)
      : comparators_(comparators), ends_(ends) {
    comparators_.reserve(2);  // enough for a caret, tilde or hyphen
  }

  void comparator(Operator op, const VersionView& bound) override {
    comparators_.push_back(Comparator{op, owned(bound)});
  }

  /// An empty alternative is kept only while it is the only one; one that contains everything makes
  /// the others redundant.
  void end_alternative() override {
    const std::size_t begin = ends_.empty() ? 0 : ends_.back();
    const bool null = std::any_of(comparators_.begin() + static_cast<std::ptrdiff_t>(begin),
                                  comparators_.end(), is_null);
    const bool any = comparators_.size() == begin;
    if (holds_everything_ || (null && !ends_.empty())) {
      comparators_.resize(begin);
      return;
    }
    if (any || only_null_) {
      // Drop the earlier alternatives: this one is everything, or they were empty.
      comparators_.erase(comparators_.begin(),
                         comparators_.begin() + static_cast<std::ptrdiff_t>(begin));
      ends_.clear();
    }
    holds_everything_ = any;
    only_null_ = null;
    if (null) {
      comparators_.assign(1, Comparator{Operator::kLess, Version{0, 0, 0, "0"}});
    } else {
      drop_duplicates(comparators_, ends_.empty() ? 0 : ends_.back());
    }
    ends_.push_back(static_cast<std::uint32_t>(comparators_.size()));
  }

 private:
  std::vector<Comparator>& comparators_;
  std::vector<std::uint32_t>& ends_;
  bool holds_everything_ = false;
  bool only_null_ = false;
};

/// Range.test: an alternative contains the version if every comparator does and, for a pre-release,
/// one of them names a pre-release of the same major.minor.patch.
class Judge {
 public:
  Judge(const VersionView& version, bool include_prerelease) noexcept
      : version_(version), admitted_(include_prerelease || version.prerelease.empty()) {}

  void comparator(Operator op, const VersionView& bound) noexcept {
    all_hold_ = all_hold_ && detail::holds(op, version_, bound);
    named_ = named_ || (!bound.prerelease.empty() && detail::same_triple(version_, bound));
  }
  /// Whether this alternative contained the version; starts the next one.
  bool end_alternative() noexcept {
    const bool held = all_hold_ && (admitted_ || named_);
    all_hold_ = true;
    named_ = false;
    return held;
  }
  [[nodiscard]] bool admitted() const noexcept { return admitted_; }

 private:
  VersionView version_;
  bool admitted_;
  bool all_hold_ = true;
  bool named_ = false;
};

/// Evaluates a range while it is read, without storing it.
class Evaluator final : public detail::RangeSink {
 public:
  Evaluator(const VersionView& version, bool include_prerelease) noexcept
      : judge_(version, include_prerelease) {}

  void comparator(Operator op, const VersionView& bound) override {
    empty_ = false;
    judge_.comparator(op, bound);
  }
  void end_alternative() override {
    holds_everything_ = holds_everything_ || empty_;
    empty_ = true;
    if (judge_.end_alternative()) held_ = true;
  }
  /// A range with "*" among its alternatives is just "*": pre-releases named by the others do not
  /// count.
  [[nodiscard]] bool result() const noexcept {
    return holds_everything_ ? judge_.admitted() : held_;
  }

 private:
  Judge judge_;
  bool empty_ = true;
  bool holds_everything_ = false;
  bool held_ = false;
};

}  // namespace

std::string Version::text() const {
  std::string out;
  append_version(*this, out);
  return out;
}

std::string Comparator::text() const {
  std::string out(text_of(op));
  append_version(version, out);
  return out;
}

std::optional<Version> parse(std::string_view text) {
  VersionView version;
  if (!detail::parse_version(text, version)) return std::nullopt;
  return owned(version);
}

std::optional<std::string> valid(std::string_view text) {
  const auto version = parse(text);
  if (!version) return std::nullopt;
  return version->text();
}

int compare(const Version& a, const Version& b) noexcept {
  return detail::compare(detail::view(a), detail::view(b));
}

std::optional<int> compare(std::string_view a, std::string_view b) noexcept {
  VersionView left;
  VersionView right;
  if (!detail::parse_version(a, left) || !detail::parse_version(b, right)) return std::nullopt;
  return detail::compare(left, right);
}

std::optional<Range> parse_range(std::string_view text, bool include_prerelease) {
  Range range;
  range.include_prerelease_ = include_prerelease;
  Collector collector(range.comparators_, range.ends_);
  if (!detail::read_range(text, include_prerelease, collector)) return std::nullopt;
  return range;
}

bool Range::contains(const Version& version) const noexcept {
  Judge judge(detail::view(version), include_prerelease_);
  std::size_t i = 0;
  for (const std::uint32_t end : ends_) {
    for (; i < end; ++i)
      judge.comparator(comparators_[i].op, detail::view(comparators_[i].version));
    if (judge.end_alternative()) return true;
  }
  return false;
}

std::string Range::text() const {
  std::string out;
  std::size_t i = 0;
  for (const std::uint32_t end : ends_) {
    if (i != 0) out.append("||");
    for (const std::size_t begin = i; i < end; ++i) {
      if (i != begin) out.push_back(' ');
      out.append(text_of(comparators_[i].op));
      append_version(comparators_[i].version, out);
    }
  }
  if (out.empty()) out.push_back('*');
  return out;
}

std::optional<std::string> valid_range(std::string_view text, bool include_prerelease) {
  const auto range = parse_range(text, include_prerelease);
  if (!range) return std::nullopt;
  return range->text();
}

bool satisfies(std::string_view version, std::string_view range, bool include_prerelease) {
  VersionView parsed;
  if (!detail::parse_version(version, parsed)) return false;
  Evaluator evaluator(parsed, include_prerelease);
  return detail::read_range(range, include_prerelease, evaluator) && evaluator.result();
}

Compatibility check_engine(std::string_view host_version, std::string_view range) {
  const auto host = parse(host_version);
  if (!host) return {false, false, Code::kSemverInvalidVersion};
  const auto plain = parse_range(range);
  if (!plain) return {false, false, Code::kSemverInvalidRange};
  if (plain->contains(*host)) return {true, false, Code::kAllowed};
  if (host->is_prerelease() && satisfies(host_version, range, true)) {
    return {true, true, Code::kSdkPrereleaseBoundary};
  }
  return {false, false, Code::kSdkIncompatible};
}

}  // namespace portcullis::semver
