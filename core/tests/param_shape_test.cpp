#include "portcullis/param_shape.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "exact_copy.hpp"
#include "path_bytes.hpp"
#include "reference_matcher.hpp"

namespace portcullis {
namespace {

ParamSpec regex_spec(std::string source) {
  ParamSpec spec;
  spec.name = "x";
  spec.kind = ParamSpec::kRegex;
  spec.regex = std::move(source);
  return spec;
}

ParamSpec choices_spec(std::vector<std::string> choices) {
  ParamSpec spec;
  spec.name = "x";
  spec.kind = ParamSpec::kChoices;
  spec.choices = std::move(choices);
  return spec;
}

std::string_view problem_with(const ParamSpec& spec) {
  TemplateProblem problem;
  if (ParamMatcher::compile(spec, problem)) return "";
  EXPECT_EQ(problem.param, "x");
  EXPECT_NE(problem.detail, "");
  return name(problem.code);
}

bool regex_matches(const std::string& source, std::string_view value) {
  TemplateProblem problem;
  const auto matcher = ParamMatcher::compile(regex_spec(source), problem);
  EXPECT_TRUE(matcher) << source << ": " << problem.detail;
  return matcher && matcher->matches(value);
}

TEST(ParamShape, HasANameForEachShape) {
  for (const ShapeInfo& info : kShapes) {
    const auto shape = parse_shape(info.name);
    ASSERT_TRUE(shape) << info.name;
    EXPECT_EQ(name(*shape), info.name);
  }
  EXPECT_FALSE(parse_shape("UUID"));
  EXPECT_FALSE(parse_shape(""));
}

TEST(ParamShape, ValidatesCalendarDates) {
  for (const std::string_view good :
       {"2024-02-29", "2000-02-29", "2023-02-28", "0000-02-29", "9999-12-31", "2023-04-30"}) {
    EXPECT_TRUE(matches_shape(NamedShape::kDate, good)) << good;
  }
  for (const std::string_view bad :
       {"2023-02-29", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-00",
        "2023-1-01", "23-01-01", "2023/01/01", "2023-01-32", "", "2023-01-011"}) {
    EXPECT_FALSE(matches_shape(NamedShape::kDate, bad)) << bad;
  }
}

TEST(ParamShape, LimitsIntsTo64Bits) {
  for (const std::string_view good :
       {"-999999999999999999", "1000000000000000000", "1234567890123456789", "9223372036854775807",
        "9199999999999999999", "-9223372036854775808", "-0"}) {
    EXPECT_TRUE(matches_shape(NamedShape::kInt, good)) << good;
  }
  for (const std::string_view bad :
       {"", "-", "--1", "01", "-01", "+1", "1.0", "1e3", " 1", "9223372036854775808",
        "9999999999999999999", "-9223372036854775809", "10000000000000000000",
        "-10000000000000000000", "09223372036854775807", "-922337203685477580x"}) {
    EXPECT_FALSE(matches_shape(NamedShape::kInt, bad)) << bad;
  }
}

// The hand-written matchers agree with spec/shapes.json (except for the calendar).
TEST(ParamShape, MatchersAgreeWithTheSpec) {
  const std::string_view alphabet = "0019afAFgz--  G_:é";
  const std::vector<std::string> seeds = {"123e4567-e89b-12d3-a456-426614174000",
                                          "2024-02-29",
                                          "-12",
                                          "a-b-c",
                                          "deadBEEF",
                                          std::string(128, 'a'),
                                          std::string(129, 'a'),
                                          "0",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "1234567890123456789",
                                          ""};
  std::mt19937 random(7);
  for (int i = 0; i < 40000; ++i) {
    std::string value = seeds[random() % seeds.size()];
    for (auto n = random() % 3; n > 0; --n) {
      const char c = alphabet[random() % alphabet.size()];
      const std::size_t at = value.empty() ? 0 : random() % value.size();
      switch (random() % 3) {
        case 0:
          value.insert(at, 1, c);
          break;
        case 1:
          if (!value.empty()) value.erase(at, 1);
          break;
        default:
          if (!value.empty()) value[at] = c;
          break;
      }
    }
    const ExactCopy copy(value);
    for (std::size_t shape = 0; shape < kShapes.size(); ++shape) {
      const auto named = static_cast<NamedShape>(shape);
      ASSERT_EQ(matches_shape(named, copy.view()), reference::has_shape(named, value))
          << kShapes[shape].name << " " << value;
    }
  }
}

TEST(ParamShape, RejectsChoicesThatNoSegmentCanHave) {
  EXPECT_EQ(problem_with(choices_spec({})), "TEMPLATE_BAD_CHOICES");
  EXPECT_EQ(problem_with(choices_spec(std::vector<std::string>(65, "a"))), "TEMPLATE_BAD_CHOICES");
  EXPECT_EQ(problem_with(choices_spec({std::string(129, 'a')})), "TEMPLATE_BAD_CHOICES");
  for (const char* bad : {"", ".", "..", "a/b", "a\\b", "a;b", "a#b", "a?b", "a\nb", "\x7f", "%41",
                          "x%2f", "\xff", "\xc3"}) {
    EXPECT_EQ(problem_with(choices_spec({"ok", bad})), "TEMPLATE_BAD_CHOICES") << bad;
  }
  for (const char* good : {"a", "...", "a b", "\xc3\xa9", "100%", "%", "%zz", ":x", "*", "a.b"}) {
    EXPECT_EQ(problem_with(choices_spec({"ok", good, good})), "") << good;
  }
}

TEST(ParamShape, MatchesChoicesExactly) {
  TemplateProblem problem;
  const auto matcher = ParamMatcher::compile(choices_spec({"open", "closed", "a b"}), problem);
  ASSERT_TRUE(matcher);
  EXPECT_TRUE(matcher->matches("open"));
  EXPECT_TRUE(matcher->matches("a b"));
  EXPECT_FALSE(matcher->matches("Open"));
  EXPECT_FALSE(matcher->matches("ope"));
  EXPECT_FALSE(matcher->matches(""));
  EXPECT_EQ(matcher->min_encoded_bytes(), 4U);
  EXPECT_EQ(matcher->describe(), "one of a b, closed, open");
}

TEST(ParamShape, AnchorsRegexesAtBothEnds) {
  EXPECT_TRUE(regex_matches("[a-z]+", "abc"));
  EXPECT_FALSE(regex_matches("[a-z]+", "abc1"));
  EXPECT_FALSE(regex_matches("[a-z]+", "1abc"));
  EXPECT_TRUE(regex_matches("a|bc", "bc"));
  EXPECT_FALSE(regex_matches("a|bc", "abc"));
  EXPECT_TRUE(regex_matches("a|ab|abc", "abc"));  // the longest alternative matches
  EXPECT_TRUE(regex_matches(".", "\xc3\xa9"));    // one character, not one byte
  EXPECT_FALSE(regex_matches("(?m)^a$", "a\nb"));
  EXPECT_TRUE(regex_matches("(?i)abc", "aBC"));
}

TEST(ParamShape, RejectsRegexesThatDoNotCompile) {
  for (const char* bad : {"(", "[a", "a{1001}", "(?=x)", "\\1", "*", "a**", "\xff"}) {
    EXPECT_EQ(problem_with(regex_spec(bad)), "TEMPLATE_BAD_REGEX") << bad;
  }
  EXPECT_EQ(problem_with(regex_spec(std::string(257, 'a'))), "TEMPLATE_BAD_REGEX");
  EXPECT_EQ(problem_with(regex_spec("((a{100}){100}){100}")), "TEMPLATE_BAD_REGEX");
}

TEST(ParamShape, RejectsRegexesWithLargeAutomata) {
  for (const char* bad :
       {"(a|b)*a(a|b){12}", ".{400}", "(.{20}){20}", "[\\x{80}-\\x{10FFFF}]{900}"}) {
    EXPECT_EQ(problem_with(regex_spec(bad)), "TEMPLATE_BAD_REGEX") << bad;
  }
  for (const char* good : {".{1,255}", "[a-z0-9-]{1,500}", "(a|b)*a(a|b){9}"}) {
    EXPECT_EQ(problem_with(regex_spec(good)), "") << good;
  }
}

TEST(ParamShape, AgreesWithRe2) {
  constexpr const char* kPieces[] = {
      "a",   "b",     "[ab]", "[^a]", ".",    "\\w",  "\\d",      "\\b", "\\B",
      "^",   "$",     "(",    ")",    "(?:",  "|",    "*",        "+",   "?",
      "{2}", "{1,3}", "+?",   "(?i)", "(?m)", "(?s)", "\xc3\xa9", "\\C", "-"};
  constexpr const char* kTexts[] = {"a", "b", "ab",  "A",  "aB", "\xc3\xa9", "1",
                                    "-", " ", "a-b", "\n", "",   "."};
  std::mt19937 random(7);
  const auto pick = [&random](const auto& list) { return list[random() % std::size(list)]; };
  int taken = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string source;
    for (auto left = random() % 7 + 1; left > 0; --left) source += pick(kPieces);
    TemplateProblem problem;
    const auto matcher = ParamMatcher::compile(regex_spec(source), problem);
    re2::RE2::Options quiet;
    quiet.set_log_errors(false);
    const re2::RE2 reference(source, quiet);
    if (!reference.ok()) {
      EXPECT_FALSE(matcher.has_value()) << source;
      continue;
    }
    taken += matcher.has_value() ? 1 : 0;
    for (int text = 0; text < 40; ++text) {
      std::string value;
      for (auto left = random() % 4; left > 0; --left) value += pick(kTexts);
      const bool expected = re2::RE2::FullMatch(value, reference);
      if (matcher) {
        EXPECT_EQ(matcher->matches(value), expected) << source << " on " << value;
      } else if (expected) {  // rejected: then no segment value may match
        EXPECT_FALSE(path_bytes::is_segment_value(value)) << source << " on " << value;
      }
    }
  }
  EXPECT_GT(taken, 1000);
}

TEST(ParamShape, RejectsRegexesThatNoSegmentCanMatch) {
  for (const char* bad : {"",
                          "^$",
                          "()",
                          "[^\\x00-\\x{10FFFF}]",
                          "a[^\\s\\S]",
                          "$a",
                          "a^",
                          "a\\bb",
                          "a/b",
                          ".*/.*",
                          "[/\\\\;?#]+",
                          "\\n",
                          "\\s*\\n\\s*",
                          "\\.",
                          "\\.\\.",
                          "\\.{0,2}",
                          "%41",
                          "%[0-9]{2}x*",
                          "%u[0-9]{4}",
                          "%U00[0-9A-F]{2}.*",
                          "[[:cntrl:]]",
                          "\\pL+",
                          "\\PN",
                          "[\\p{Greek}x]",
                          "\\P{Any}"}) {
    EXPECT_EQ(problem_with(regex_spec(bad)), "TEMPLATE_BAD_REGEX") << bad;
  }
  for (const char* good : {"a", ".*", "a?", "\\.{3}", "\\.a?", "%4?", "%u[0-9]{3}", "%[0-9a-z]{2}",
                           "a/b|c", "\\p{Any}+", "[^/]+", "\\s", "(a|b)*a(a|b){9}", "[a-y]+z",
                           "[a-z]+-[0-9]+", "a\\b", "\\C"}) {
    EXPECT_EQ(problem_with(regex_spec(good)), "") << good;
  }
}

TEST(ParamShape, ComparesShapesAsWritten) {
  TemplateProblem problem;
  const auto make = [&](const ParamSpec& spec) { return *ParamMatcher::compile(spec, problem); };
  EXPECT_TRUE(make(choices_spec({"a", "b"})).same_as(make(choices_spec({"b", "a", "a"}))));
  EXPECT_FALSE(make(choices_spec({"a"})).same_as(make(choices_spec({"b"}))));
  EXPECT_FALSE(make(choices_spec({"a"})).same_as(make(regex_spec("a"))));
  EXPECT_TRUE(make(regex_spec("a+")).same_as(make(regex_spec("a+"))));
  EXPECT_FALSE(make(regex_spec("a+")).same_as(make(regex_spec("aa*"))));
  EXPECT_TRUE(make(ParamSpec{}).same_as(make(ParamSpec{})));
  EXPECT_EQ(make(ParamSpec{}).describe(), "uuid");
  EXPECT_EQ(make(regex_spec("a+")).describe(), "regex a+");
}

}  // namespace
}  // namespace portcullis
