#include "portcullis/canonical_path.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "exact_copy.hpp"
#include "reference_path.hpp"

namespace portcullis {
namespace {

struct Answer {
  Code code;
  std::string target;
  std::size_t offset = 0;
};

Answer run(std::string_view target) {
  const ExactCopy copy(target);
  CanonicalPath path;
  Answer answer;
  answer.code = canonicalize(copy.view(), path, &answer.offset);
  answer.target = path.target();
  return answer;
}

std::string_view code_of(std::string_view target) { return name(run(target).code); }

std::string all_bytes_are(std::string_view allowed, const std::string& path) {
  for (const char c : path) {
    if (allowed.find(c) == std::string_view::npos) return std::string("has ") + c;
  }
  return "";
}

TEST(CanonicalPath, KeepsCanonicalPaths) {
  for (const std::string_view path :
       {"/", "/a", "/a/", "/a/b/c", "/api/sales/summary", "/.well-known/x", "/a/...", "/a/.b/c.",
        "/a/%20", "/%C3%A9", "/a:b@c/d$e&f=g+h,i!j'(k)*l", "/%25", "/%25zz", "/a%2A",
        "/~x_y-z.w"}) {
    const Answer answer = run(path);
    EXPECT_EQ(name(answer.code), "ALLOWED") << path;
    EXPECT_EQ(answer.target, path);
  }
}

TEST(CanonicalPath, Normalises) {
  const struct {
    std::string_view in, out;
  } rows[] = {
      {"/%61%2d%7E%5f%30", "/a-~_0"},
      {"/a/%c3%a9", "/a/%C3%A9"},
      {"/[draft]/a|b^c", "/%5Bdraft%5D/a%7Cb%5Ec"},
      {"/%5bdraft%5d", "/%5Bdraft%5D"},
      {"/a/[x]/../b", "/a/b"},
      {"/%25[41", "/%25%5B41"},
      {"/a?b[]=[|^]", "/a?b[]=[|^]"},
      {"/a/./b", "/a/b"},
      {"/a/.", "/a/"},
      {"/./", "/"},
      {"/a/..", "/"},
      {"/a/b/..", "/a/"},
      {"/a/b/../", "/a/"},
      {"/a/b/../../c", "/c"},
      {"/a/%2E%2e/b", "/b"},
      {"/a/.%2e", "/"},
      {"/%2e", "/"},
      {"//a", "/a"},
      {"/a//b///c", "/a/b/c"},
      {"/a//", "/a/"},
      {"//", "/"},
      {"/a/../b/../c/./d/", "/c/d/"},
      {"/a?x=/../%2f%00", "/a?x=/../%2f%00"},
      {"/a/..?", "/?"},
      {"/a??b?", "/a??b?"},
      {"/%25%32g", "/%252g"},
      {"/a%25/41", "/a%25/41"},
      {"/%25/../ab", "/ab"},
      {"/xx%25/../abcde", "/abcde"},
  };
  for (const auto& row : rows) {
    const Answer answer = run(row.in);
    EXPECT_EQ(name(answer.code), "ALLOWED") << row.in;
    EXPECT_EQ(answer.target, row.out) << row.in;
  }
}

TEST(CanonicalPath, RejectsPathsServersDisagreeOn) {
  const struct {
    std::string_view in, code;
    std::size_t offset;
  } rows[] = {
      {"", "PATH_NOT_ABSOLUTE", 0},
      {"a/b", "PATH_NOT_ABSOLUTE", 0},
      {"*", "PATH_NOT_ABSOLUTE", 0},
      {"?a", "PATH_NOT_ABSOLUTE", 0},
      {"http://h/a", "PATH_NOT_ABSOLUTE", 0},
      {"/a\tb", "PATH_CONTROL_BYTE", 2},
      {"/a\x7f", "PATH_CONTROL_BYTE", 2},
      {"/caf\xc3\xa9", "PATH_NON_ASCII", 4},
      {"/a\\b", "PATH_BACKSLASH", 2},
      {"/a#b", "PATH_FRAGMENT", 2},
      {"/a#b?c", "PATH_FRAGMENT", 2},
      {"/a;b", "PATH_SEMICOLON", 2},
      {"/a b", "PATH_ILLEGAL_BYTE", 2},
      {"/a{0}", "PATH_ILLEGAL_BYTE", 2},
      {"/a`b", "PATH_ILLEGAL_BYTE", 2},
      {"/[]b c", "PATH_ILLEGAL_BYTE", 4},
      {"/%c3[", "PATH_INVALID_UTF8", 1},
      {"/[/..//a", "PATH_EMPTY_AND_DOT_SEGMENT", 6},
      {"/%", "PATH_PERCENT_MALFORMED", 1},
      {"/%4", "PATH_PERCENT_MALFORMED", 1},
      {"/%4g", "PATH_PERCENT_MALFORMED", 1},
      {"/%%41", "PATH_PERCENT_MALFORMED", 1},
      {"/%u0041", "PATH_PERCENT_MALFORMED", 1},
      {"/%?41", "PATH_PERCENT_MALFORMED", 1},
      {"/a%2fb", "PATH_ENCODED_SLASH", 2},
      {"/a%5Cb", "PATH_ENCODED_BACKSLASH", 2},
      {"/a%3bb", "PATH_ENCODED_SEMICOLON", 2},
      {"/a%23", "PATH_ENCODED_FRAGMENT", 2},
      {"/a%3F", "PATH_ENCODED_QUESTION", 2},
      {"/a%00", "PATH_ENCODED_CONTROL", 2},
      {"/a%1f", "PATH_ENCODED_CONTROL", 2},
      {"/a%7F", "PATH_ENCODED_CONTROL", 2},
      {"/a%252e", "PATH_DOUBLE_ENCODED", 2},
      {"/a%25%32%65", "PATH_DOUBLE_ENCODED", 2},
      {"/a%254%31", "PATH_DOUBLE_ENCODED", 2},
      {"/%25%2541", "PATH_DOUBLE_ENCODED", 4},
      {"/a%25u002e", "PATH_DOUBLE_ENCODED", 2},
      {"/a%25%55002%46", "PATH_DOUBLE_ENCODED", 2},
      {"/%c0%ae", "PATH_INVALID_UTF8", 1},
      {"/%e0%80%af", "PATH_INVALID_UTF8", 1},
      {"/%ed%a0%80", "PATH_INVALID_UTF8", 1},
      {"/%f4%90%80%80", "PATH_INVALID_UTF8", 1},
      {"/%f5%80%80%80", "PATH_INVALID_UTF8", 1},
      {"/a%c3", "PATH_INVALID_UTF8", 2},
      {"/%c3/%a9", "PATH_INVALID_UTF8", 1},
      {"/%e2%82x%ac", "PATH_INVALID_UTF8", 1},
      {"/%e2%82%61%ac", "PATH_INVALID_UTF8", 1},
      {"/%c3%20%a9", "PATH_INVALID_UTF8", 1},
      {"/%80", "PATH_INVALID_UTF8", 1},
      {"/a//../b", "PATH_EMPTY_AND_DOT_SEGMENT", 4},
      {"/a/.//b", "PATH_EMPTY_AND_DOT_SEGMENT", 5},
      {"//..", "PATH_EMPTY_AND_DOT_SEGMENT", 2},
      {"/..", "PATH_ABOVE_ROOT", 1},
      {"/a/../..", "PATH_ABOVE_ROOT", 6},
      {"/%2e%2e/a", "PATH_ABOVE_ROOT", 1},
      {"/a?b c", "QUERY_ILLEGAL_BYTE", 4},
      {"/a?b#c", "QUERY_ILLEGAL_BYTE", 4},
      {"/a?\xc3\xa9", "QUERY_ILLEGAL_BYTE", 3},
      {"/a?\x7f", "QUERY_ILLEGAL_BYTE", 3},
  };
  for (const auto& row : rows) {
    const Answer answer = run(row.in);
    EXPECT_EQ(name(answer.code), row.code) << row.in;
    EXPECT_EQ(answer.offset, row.offset) << row.in;
    EXPECT_EQ(answer.target, "") << row.in;
  }
}

TEST(CanonicalPath, ReportsEarlierStepsFirst) {
  EXPECT_EQ(code_of("/..//%2541/%c0;"), "PATH_SEMICOLON");
  EXPECT_EQ(code_of("/..//%2541/%c0? "), "QUERY_ILLEGAL_BYTE");
  EXPECT_EQ(code_of("/..//%c0/%2541"), "PATH_DOUBLE_ENCODED");
  EXPECT_EQ(code_of("/..//%c0"), "PATH_INVALID_UTF8");
  EXPECT_EQ(code_of("/..//"), "PATH_EMPTY_AND_DOT_SEGMENT");
  EXPECT_EQ(code_of("x;"), "PATH_NOT_ABSOLUTE");
  EXPECT_EQ(code_of("/%2f;"), "PATH_ENCODED_SLASH");
}

TEST(CanonicalPath, HandlesNulLikeAnyOtherByte) {
  EXPECT_EQ(code_of(std::string_view("/a\0b", 4)), "PATH_CONTROL_BYTE");
  EXPECT_EQ(code_of(std::string_view("/a?\0", 4)), "QUERY_ILLEGAL_BYTE");
  EXPECT_EQ(code_of(std::string_view("\0", 1)), "PATH_NOT_ABSOLUTE");
}

TEST(CanonicalPath, EnforcesItsLimits) {
  const std::string longest = "/" + std::string(limits::kMaxPathBytes - 1, 'a');
  const std::string query(limits::kMaxQueryBytes, 'q');
  EXPECT_EQ(run(longest).target, longest);
  EXPECT_EQ(run(longest + "?" + query).target, longest + "?" + query);
  EXPECT_EQ(code_of(longest + "a"), "PATH_TOO_LONG");
  EXPECT_EQ(code_of(longest + "a?"), "PATH_TOO_LONG");
  EXPECT_EQ(code_of("/?" + query + "q"), "QUERY_TOO_LONG");
  EXPECT_EQ(run("/?" + query + "q").offset, 2 + limits::kMaxQueryBytes);
  // The limit applies to the input, not to the result.
  std::string encoded = "/";
  while (encoded.size() <= limits::kMaxPathBytes) encoded += "%61";
  EXPECT_EQ(code_of(encoded), "PATH_TOO_LONG");
  std::string triplets;  // Writes every byte of the storage.
  while (triplets.size() + 2 <= limits::kMaxPathBytes) triplets += "/a";
  EXPECT_EQ(run(triplets).target, triplets);
}

TEST(CanonicalPath, ResetsItsResult) {
  CanonicalPath path;
  ASSERT_EQ(canonicalize("/a?b", path), Code::kAllowed);
  EXPECT_TRUE(path.has_query());
  CanonicalPath copy(path);
  ASSERT_EQ(canonicalize("/..", path), Code::kPathAboveRoot);
  EXPECT_FALSE(path.has_query());
  EXPECT_EQ(path.path(), "");
  EXPECT_EQ(copy.target(), "/a?b");
  path = copy;
  EXPECT_EQ(path.query(), "b");
}

TEST(CanonicalPath, DistinguishesAnEmptyQueryFromNone) {
  CanonicalPath path;
  ASSERT_EQ(canonicalize("/a?", path), Code::kAllowed);
  EXPECT_TRUE(path.has_query());
  EXPECT_EQ(path.target(), "/a?");
  ASSERT_EQ(canonicalize("/a", path), Code::kAllowed);
  EXPECT_FALSE(path.has_query());
  EXPECT_EQ(path.target(), "/a");
}

// Every target of up to four significant pieces, and longer random ones.
void agrees_with_reference(const std::string& target) {
  const reference::Path wanted = reference::canonicalize(target);
  const Answer answer = run(target);
  ASSERT_EQ(name(answer.code), name(wanted.code)) << testing::PrintToString(target);
  if (wanted.code != Code::kAllowed) return;
  ASSERT_EQ(answer.target, wanted.path + (wanted.query ? "?" + *wanted.query : ""))
      << testing::PrintToString(target);
  const Answer again = run(answer.target);
  ASSERT_EQ(name(again.code), "ALLOWED") << testing::PrintToString(target);
  ASSERT_EQ(again.target, answer.target) << testing::PrintToString(target);
}

TEST(CanonicalPath, AgreesWithReferenceOnEveryShortPath) {
  const std::vector<std::string> pieces = {"/",   ".", "a",   "%2e", "%25", "%",
                                           "2",   "5", "%32", "%35", "%c3", "%A9",
                                           "%20", "?", "%2F", ";",   "e",   "%41"};
  std::vector<std::size_t> digits(4);
  for (;;) {
    std::string target = "/";
    for (const std::size_t digit : digits) {
      if (digit > 0) target += pieces[digit - 1];
    }
    agrees_with_reference(target);
    if (HasFatalFailure()) return;
    std::size_t place = 0;
    while (place < digits.size() && ++digits[place] > pieces.size()) digits[place++] = 0;
    if (place == digits.size()) return;
  }
}

TEST(CanonicalPath, AgreesWithReferenceOnRandomPaths) {
  const std::vector<std::string> pieces = {
      "/",         "/",   "/.",  "/..", "..",  ".",      "a",      "bc",        "%2e",
      "%2E",       "%61", "%25", "41",  "%",   "%c",     "%C3%A9", "%e2%82%ac", "%f0%9f%98%80",
      "%ed%a0%80", "%80", "%20", "%2f", "\\",  "?",      "#",      "é",         "%00",
      "~",         "*",   ":",   "@",   "%3A", "%32%35", "%7f"};
  std::mt19937 random(20240917);
  for (int i = 0; i < 60000 && !HasFatalFailure(); ++i) {
    std::string target = "/";
    for (auto n = random() % 12; n > 0; --n) target += pieces[random() % pieces.size()];
    if (random() % 50 == 0) target += static_cast<char>(random());
    agrees_with_reference(target);
  }
}

TEST(CanonicalPath, ResultHasOnlyLegalBytes) {
  std::string all = "/";
  for (int c = 0; c < 256; ++c) {
    const std::string target = std::string("/x") + static_cast<char>(c) + "y";
    const Answer answer = run(target);
    if (std::string_view("[]^|").find(static_cast<char>(c)) != std::string_view::npos) {
      // Browsers send these raw: equal to their encoded form.
      EXPECT_EQ(answer.code, Code::kAllowed);
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto at = static_cast<std::size_t>(c);
      EXPECT_EQ(answer.target, std::string("/x%") + kHex[at / 16] + kHex[at % 16] + "y");
    } else if (answer.code == Code::kAllowed && c != '?') {
      EXPECT_EQ(all_bytes_are("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "-._~!$&'()*+,=:@/",
                              answer.target),
                "")
          << c;
    }
  }
}

TEST(PercentDecodeSegment, DecodesOrFails) {
  std::string out = "old";
  EXPECT_TRUE(percent_decode_segment("a%20%C3%A9%25", out));
  EXPECT_EQ(out, "a \xc3\xa9%");
  EXPECT_TRUE(percent_decode_segment("", out));
  EXPECT_EQ(out, "");
  for (const std::string_view bad : {"%", "%4", "%4g", "a%C3", "%80", "%C0%AE", "%ED%A0%80"}) {
    out = "old";
    EXPECT_FALSE(percent_decode_segment(bad, out)) << bad;
    EXPECT_EQ(out, "") << bad;
  }
}

}  // namespace
}  // namespace portcullis
