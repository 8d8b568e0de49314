// Which scripts of a document run, and the text that browsers hash.
#include "http/html_scan.hpp"

#include <gtest/gtest.h>

#include "base/content.hpp"
#include "base/sha256.hpp"
#include "portcullis/integrity.hpp"

namespace portcullis::bff {
namespace {

using std::string_literals::operator""s;
using Scripts = std::vector<std::string>;

std::string hash(std::string_view text) {
  Integrity integrity;
  integrity.digest = sha256(text);
  return integrity.sri();
}

Scripts hashes(const std::vector<std::string_view>& texts) {
  Scripts out;
  for (const std::string_view text : texts) out.push_back(hash(text));
  return out;
}

Scripts scripts(std::string_view html) { return scan_html(html).script_hashes; }

TEST(HtmlScan, MatchesOpensslHashes) {
  // printf '{"imports":{}}' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(scripts("<SCRIPT type='importmap'>{\"imports\":{}}</SCRIPT>"),
            Scripts{"sha256-URrTy+Il/Nz0lHojVUx275hWqAWhkSF0VsHbUM4/6Hw="});
}

TEST(HtmlScan, FindsEveryInlineScriptThatRuns) {
  EXPECT_EQ(
      scripts("<script>a</script><script type=module>b</script>"
              "<script type=\"importmap\">c</script><script type=' Text/JavaScript '>d</script>"
              "<script type>e</script><script async defer nomodule>f</script>"
              "<script type=speculationrules>g</script><script>a</script>"),
      hashes({"a", "b", "c", "d", "e", "f", "g"}));
}

TEST(HtmlScan, IgnoresWhatDoesNotRun) {
  for (const char* html : {"<script src=/a.js>x</script>",
                           "<script SRC>x</script>",
                           "<script type=text/template>x</script>",
                           "<script type=application/json>{}</script>",
                           "<script type=application/ld+json>{}</script>",
                           "<script type='text/javascript; charset=utf-8'>x</script>",
                           "<!-- <script>x</script> -->",
                           "<!--><!-- <script>x</script> --!>",
                           "<template><script>x</script></template>",
                           "<template><template></template><script>x</script></template>",
                           "<p title='<script>x</script>'>",
                           "<p title=\"<script>x</script>\">",
                           "<title><script>x</script></title>",
                           "<textarea><script>x</script></textarea>",
                           "<style><script>x</script></style>",
                           "<noscript><script>x</script></noscript>",
                           "<xmp><script>x</script></xmp>",
                           "<iframe><script>x</script></iframe>",
                           "<plaintext><script>x</script>",
                           "<script>never ends",
                           "<script type=importmap",
                           "<scripts>x</scripts>",
                           "</script>x</script>",
                           "<! <script>x</script>",
                           "<? <script>x</script>",
                           "</ <script>x</script>"}) {
    const Scripts found = scripts(html);
    // A bogus comment ends at its '>'; the rest is text.
    EXPECT_TRUE(found.empty()) << html;
  }
}

TEST(HtmlScan, ContinuesAfterOtherElements) {
  for (const char* html :
       {"<!--> <script>x</script>", "<!---> <script>x</script>", "<!-- a --!> <script>x</script>",
        "<!-- <!-- --> <script>x</script>", "<template></template><script>x</script>",
        "<title>a</title ><script>x</script>", "<a b='c' d=e f><script>x</script>",
        "<style>a</styles></style/><script>x</script>", "< script><script>x</script>",
        "<p a=b/><script>x</script>", "<p =a=\">\"><script>x</script>",
        "a < b <script\n>x</script\t>", "<script src=a></script><script>x</script>",
        "\xef\xbb\xbf<!doctype html><script>x</script>"}) {
    EXPECT_EQ(scripts(html), hashes({"x"})) << html;
  }
}

TEST(HtmlScan, FindsTheEndOfAScriptAsTheTokenizerDoes) {
  const struct {
    std::string_view html, text;
  } rows[] = {
      {"<script>a</scripts></script>", "a</scripts>"},
      {"<script>a</script x>b", "a"},
      {"<script><!-- a --></script>", "<!-- a -->"},
      {"<script><!-- <script>a</script> --></script>", "<!-- <script>a</script> -->"},
      {"<script><!-- <script>a</script></script>", "<!-- <script>a</script>"},
      {"<script><!-- a</script> -->", "<!-- a"},
      {"<script><!--><script></script>", "<!--><script>"},
      {"<script>if (a<!--b) c;</script>", "if (a<!--b) c;"},
      {"<script>'<script>'</script>", "'<script>'"},
      {"<script>a</SCRIPT>", "a"},
      {"<script></script>", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(scripts(row.html), hashes({row.text})) << row.html;
  EXPECT_TRUE(scripts("<script><!-- <script></script>").empty()) << "it never ends";
}

TEST(HtmlScan, HashesTheParsedText) {
  const std::string lf = "{\n  \"imports\": {}\n}\n";
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string html = "<script type=importmap>";
    for (const char c : lf) c == '\n' ? html.append(end) : html.append(1, c);
    EXPECT_EQ(scripts(html + "</script>"), hashes({lf}));
  }
  EXPECT_EQ(script_text("\r\r\n\n\r"), "\n\n\n\n");
  EXPECT_EQ(script_text("a\0b"s),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(script_text("gr\xc3\xb6\xc3\x9f"
                        "e \xf0\x9f\x9a\x80"),
            "gr\xc3\xb6\xc3\x9f"
            "e \xf0\x9f\x9a\x80");
}

TEST(HtmlScan, ReplacesInvalidUtf8LikeTheEncodingStandard) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(script_text("a\xff"
                        "b"),
            "a" + bad + "b");
  EXPECT_EQ(script_text("\xc3("), bad + "(");
  EXPECT_EQ(script_text("\xe2\x82"), bad)
      << "bytes that could have formed one character give one U+FFFD";
  EXPECT_EQ(script_text("\xf0\x9f\x9a<"), bad + "<");
  EXPECT_EQ(script_text("\xc0\xaf"), bad + bad);
  EXPECT_EQ(script_text("\xed\xa0\x80"), bad + bad + bad);
  EXPECT_EQ(script_text("\xf5\x80"), bad + bad);
}

TEST(HtmlScan, FindsWhereTheHeadBegins) {
  const struct {
    std::string_view html, before;
  } rows[] = {
      {"<!doctype html><html><head><title>a</title>", "<!doctype html><html><head>"},
      {"<!doctype html><html><HEAD class='>'>x", "<!doctype html><html><HEAD class='>'>"},
      {"<!doctype html><!-- <head> --><head>x", "<!doctype html><!-- <head> --><head>"},
      {"<!DOCTYPE html>\n<title>a</title>", "<!DOCTYPE html>"},
      {"<header>x</header>", ""},
      {"\xef\xbb\xbf<p>x", "\xef\xbb\xbf"},
      {"<!-- <!doctype html> --><p>x", ""},
      {"<head><head>", "<head>"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(row.html.substr(0, scan_html(row.html).head_at), row.before) << row.html;
  }
}

TEST(HtmlScan, HandlesArbitraryBytes) {
  const std::string_view parts[] = {"<",  ">", "!", "-",  "/",  "script", "head", " ",   "=",
                                    "\"", "'", "a", "\0", "\r", "--",     "src",  "<!--"};
  std::uint32_t random = 20261127;
  for (int round = 0; round < 20'000; ++round) {
    std::string html;
    for (int n = 0; n < 12; ++n) {
      random = random * 1664525U + 1013904223U;
      html.append(parts[(random >> 16U) % std::size(parts)]);
    }
    const HtmlFacts facts = scan_html(html);
    ASSERT_LE(facts.head_at, html.size());
  }
}

}  // namespace
}  // namespace portcullis::bff
