// What spec/vectors/semver.json and the differential test against npm's package do not cover: the
// parts of the interface and their agreement.
#include "portcullis/semver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "exact_copy.hpp"

namespace portcullis::semver {
namespace {

constexpr std::string_view kAscending[] = {
    "0.0.0-0",     "0.0.0",     "0.0.1-a",      "0.0.1",
    "0.1.0",       "1.0.0-0",   "1.0.0-1",      "1.0.0-10",
    "1.0.0--",     "1.0.0-A",   "1.0.0-a",      "1.0.0-a.0",
    "1.0.0-a.0.0", "1.0.0-a.1", "1.0.0-a.b",    "1.0.0-a-b",
    "1.0.0-b",     "1.0.0",     "1.0.1-rc.1",   "1.0.1",
    "1.2.0",       "1.10.0",    "2.0.0-beta.2", "2.0.0-beta.11",
    "2.0.0-rc.1",  "2.0.0",     "10.0.0",       "9007199254740991.0.0",
};

constexpr std::string_view kRanges[] = {
    "*",
    "",
    "1",
    "1.x",
    "^1",
    "^1.0.0-a",
    "~1.0",
    "0.0.x",
    "^0.0.1",
    ">1.0.0-a <2",
    "<=1.0 || >=2.0.0-beta.2",
    "1.0.0-a - 1.2",
    ">=0.0.0-0",
    "<0",
    "* || 1.0.0-a",
    "1.0.0 || 1.0.1 || 1.2.0",
    "=1.10.0",
    "> 1 < 3",
    ">x || 2",
    "^9007199254740990",
    "~2.0.0-beta",
};

TEST(Semver, OrdersVersionsTotally) {
  const std::size_t count = std::size(kAscending);
  for (std::size_t i = 0; i < count; ++i) {
    const auto a = parse(ExactCopy(kAscending[i]).view());
    ASSERT_TRUE(a) << kAscending[i];
    EXPECT_EQ(a->text(), kAscending[i]);
    for (std::size_t j = 0; j < count; ++j) {
      const auto b = parse(kAscending[j]);
      const int expected = i < j ? -1 : (i > j ? 1 : 0);
      EXPECT_EQ(compare(*a, *b), expected) << kAscending[i] << " and " << kAscending[j];
      EXPECT_EQ(compare(kAscending[i], kAscending[j]), expected);
    }
  }
}

TEST(Semver, ParsesTheParts) {
  const auto version = parse(" v1.20.300-rc.1+build.5 ");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->major, 1u);
  EXPECT_EQ(version->minor, 20u);
  EXPECT_EQ(version->patch, 300u);
  EXPECT_EQ(version->prerelease, "rc.1");
  EXPECT_TRUE(version->is_prerelease());
  EXPECT_EQ(version->text(), "1.20.300-rc.1");
}

TEST(Semver, AllEntryPointsAgree) {
  for (const std::string_view range_text : kRanges) {
    for (const bool include : {false, true}) {
      const auto range = parse_range(ExactCopy(range_text).view(), include);
      ASSERT_TRUE(range) << range_text;
      EXPECT_EQ(valid_range(range_text, include), range->text());
      for (const std::string_view version_text : kAscending) {
        const auto version = parse(version_text);
        const bool held = range->contains(*version);
        EXPECT_EQ(satisfies(version_text, range_text, include), held)
            << version_text << " in " << range_text << " include " << include;
        EXPECT_EQ(satisfies(version_text, range->text(), include), held)
            << version_text << " in " << range->text() << " include " << include;
        EXPECT_EQ(satisfies(*version, *range), held);
        // Including pre-releases can only add versions.
        EXPECT_TRUE(!held || include || satisfies(version_text, range_text, true));
      }
      EXPECT_EQ(valid_range(range->text(), include), range->text());
    }
  }
}

TEST(Semver, WritesTheComparatorsOfEachAlternative) {
  const auto range = parse_range("^1.2.3 || 2.x || 4.0.0");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->text(), ">=1.2.3 <2.0.0-0||>=2.0.0 <3.0.0-0||4.0.0");
  const auto any = parse_range("1 || *");
  ASSERT_TRUE(any);
  EXPECT_EQ(any->text(), "*");
}

TEST(Semver, KeepsTheFirstOfEqualComparators) {
  EXPECT_EQ(valid_range(">1.0.0 <3.0.0 >1.0.0 >=2.0.0 <3.0.0 >1.0.0"), ">1.0.0 <3.0.0 >=2.0.0");
  std::string many;
  std::string once;
  for (int i = 0; i < 500; ++i) {
    const std::string one = ">0.0." + std::to_string((i * 37) % 100 + 1) + " ";
    if (i < 100) once += one;
    many += one;
  }
  once.pop_back();
  EXPECT_EQ(valid_range(many), once);
}

TEST(Semver, ReadsLongRangesInLinearTime) {
  // Each would take minutes if a step re-read its input.
  constexpr int kTimes = 100000;
  const std::string_view shards[] = {"||",  " 1.2.3",    "<= ",     "v",  "= ",
                                     "1",   "~ ",        "^ 1 ",    "+a", "*",
                                     " - ", "1 - 2 || ", ">1.0.0-", "1.", "\xE3\x80\x80"};
  for (const std::string_view shard : shards) {
    std::string text;
    for (int i = 0; i < kTimes; ++i) text += shard;
    const ExactCopy copy(text);
    const auto range = valid_range(copy.view());
    EXPECT_EQ(satisfies("1.2.3", copy.view()), range.has_value() && satisfies("1.2.3", *range))
        << shard;
  }
}

TEST(Semver, StopsAtTheEndOfItsInput) {
  // Exact copies, so that AddressSanitizer detects reads beyond them.
  const std::string whole =
      "  >= v1.2.3-rc.1+b.2 <  2.x || ~> 1.2 || ^ 0.0.1 - 3 || 1 - 2.3.4-a+b *";
  for (std::size_t from = 0; from < whole.size(); ++from) {
    for (std::size_t length = 0; length <= whole.size() - from; ++length) {
      const ExactCopy copy(std::string_view(whole).substr(from, length));
      const bool valid = valid_range(copy.view()).has_value();
      EXPECT_EQ(parse_range(copy.view()).has_value(), valid);
      EXPECT_TRUE(valid || !satisfies("1.2.3", copy.view()));
      (void)parse(copy.view());
    }
  }
}

TEST(Semver, InvalidTextSatisfiesNothing) {
  for (const std::string_view text :
       {"\xFF", "1.2.3\xC2", "\xE3\x80", "1.2.3 \xED\xA0\x80", "\xC2\xA0\xC2"}) {
    const ExactCopy copy(text);
    EXPECT_FALSE(parse(copy.view())) << text;
    EXPECT_FALSE(parse_range(copy.view())) << text;
    EXPECT_FALSE(satisfies("1.2.3", copy.view())) << text;
    EXPECT_FALSE(satisfies(copy.view(), "*")) << text;
  }
}

TEST(SemverEngine, JudgesTheHost) {
  struct Row {
    std::string_view host, range;
    bool compatible, boundary;
    Code code;
  };
  const Row rows[] = {
      {"1.4.0", "^1.2.0", true, false, Code::kAllowed},
      {"1.4.0", "*", true, false, Code::kAllowed},
      {"2.0.0", "^1.2.0", false, false, Code::kSdkIncompatible},
      {"1.1.9", "^1.2.0", false, false, Code::kSdkIncompatible},
      // A pre-release within the range: compatible, with a warning.
      {"1.5.0-beta.1", "^1.2.0", true, true, Code::kSdkPrereleaseBoundary},
      {"1.5.0-beta.1", "*", true, true, Code::kSdkPrereleaseBoundary},
      {"1.2.0-rc.1", "1.2.x", true, true, Code::kSdkPrereleaseBoundary},
      // One that the range names needs no warning.
      {"1.5.0-beta.2", ">=1.5.0-beta.1 <2", true, false, Code::kAllowed},
      // Before the lower bound, and before an excluded major version.
      {"1.2.0-rc.1", "^1.2.0", false, false, Code::kSdkIncompatible},
      {"2.0.0-rc.1", "^1.2.0", false, false, Code::kSdkIncompatible},
      {"2.0.0-rc.1", ">=1.2.0 <2.0.0", true, true, Code::kSdkPrereleaseBoundary},
      {"one", "^1.2.0", false, false, Code::kSemverInvalidVersion},
      {"", "", false, false, Code::kSemverInvalidVersion},
      {"1.4.0", "latest", false, false, Code::kSemverInvalidRange},
  };
  for (const Row& row : rows) {
    const Compatibility found = check_engine(row.host, row.range);
    EXPECT_EQ(found.compatible, row.compatible) << row.host << " in " << row.range;
    EXPECT_EQ(found.prerelease_boundary, row.boundary) << row.host << " in " << row.range;
    EXPECT_EQ(name(found.code), name(row.code)) << row.host << " in " << row.range;
  }
}

}  // namespace
}  // namespace portcullis::semver
