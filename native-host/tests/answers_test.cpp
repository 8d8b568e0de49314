// What every answer has: problem documents, safe header lines, security headers, static files.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/json_writer.hpp"
#include "http/problem.hpp"
#include "http/security_headers.hpp"
#include "http/static_site.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

TEST(Problem, CarriesCodeStatusAndMarker) {
  const Response response = problem_response({.code = Code::kAllowlistViolation,
                                              .plugin_id = "hello",
                                              .tenant = "localhost",
                                              .request_id = "r1",
                                              .explain = "add a rule"});
  EXPECT_EQ(response.status(), 403U);
  EXPECT_NE(response.header_lines().find("X-Allowlist-Violation: 1\r\n"), std::string::npos);
  const auto body = nlohmann::json::parse(response.body());
  EXPECT_EQ(body["type"], "about:blank");
  EXPECT_EQ(body["title"], "Forbidden");
  EXPECT_EQ(body["status"], 403);
  EXPECT_EQ(body["code"], "ALLOWLIST_VIOLATION");
  EXPECT_EQ(body["plugin_id"], "hello");
  EXPECT_EQ(body["request_id"], "r1");
  EXPECT_EQ(body["explain"], "add a rule");
}

TEST(Problem, WithoutPluginSaysNull) {
  EXPECT_TRUE(
      nlohmann::json::parse(problem_json({.code = Code::kSessionRequired}))["plugin_id"].is_null());
}

TEST(Response, LetsNoValueEndItsLine) {
  Response response;
  response.header("X-A", "b\r\nSet-Cookie: evil=1\n\x01");
  EXPECT_EQ(response.header_lines(), "X-A: b  Set-Cookie: evil=1  \r\n");
}

TEST(JsonWriter, KeepsALineALine) {
  std::string out;
  append_json_string(out, "a\"\\\n\x7f\xff\xc3\xa4\xed\xa0\x80");
  EXPECT_EQ(out, "\"a\\\"\\\\\\u000a\\u007f\\ufffd\xc3\xa4\\ufffd\\ufffd\\ufffd\"");
}

TEST(JsonWriter, LeavesNothingThatAReaderOfALogObeys) {
  std::string out;
  // NEL, CSI, LINE SEPARATOR, RIGHT-TO-LEFT OVERRIDE, ISOLATE, ARABIC LETTER MARK; then none of it.
  append_json_string(out, "\xc2\x85\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xd8\x9c");
  EXPECT_EQ(out, R"("\u0085\u009b\u2028\u202e\u2066\u061c")");
  out.clear();
  append_json_string(out, "\xc2\xa0\xe2\x80\xa7\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(out, "\"\xc2\xa0\xe2\x80\xa7\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST(SecurityHeaders, BuildTheStrictPolicy) {
  SecuritySettings settings;
  settings.style_hashes = {"sha256-abc="};
  EXPECT_EQ(content_security_policy(settings, {"sha256-map="}),
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-map='; "
            "style-src 'self' 'sha256-abc='; img-src 'self' data: blob:; "
            "media-src 'self' blob:; font-src 'self'; "
            "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
            "form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'");
  settings.trusted_types = {"dompurify", "react"};
  const std::string listed = content_security_policy(settings, {});
  EXPECT_TRUE(listed.ends_with("; trusted-types dompurify react")) << listed;
}

TEST(SecurityHeaders, LetNoSettingAddADirective) {
  SecuritySettings settings;
  settings.frame_ancestors = "'self'; script-src *\r\nX: y";
  EXPECT_EQ(content_security_policy(settings, {}).find(';', 0),
            std::string("default-src 'self'").size());
  EXPECT_EQ(content_security_policy(settings, {}).find("; script-src *"), std::string::npos);
  EXPECT_EQ(content_security_policy(settings, {}).find('\n'), std::string::npos);
}

TEST(SecurityHeaders, HashTheInlineImportMapAlone) {
  const std::string html =
      "<html><script type=\"module\" src=\"/a.js\"></script>"
      "<SCRIPT type='importmap'>{\"imports\":{}}</SCRIPT><script>alert(1)</script></html>";
  // printf '{"imports":{}}' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(import_map_hashes(html),
            std::vector<std::string>{"sha256-URrTy+Il/Nz0lHojVUx275hWqAWhkSF0VsHbUM4/6Hw="});
  EXPECT_TRUE(import_map_hashes("<script type=importmap").empty());
}

class SiteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "dist" / "assets");
    std::filesystem::create_directories(folder_ / "dist" / "api");
    testing::write_text(folder_ / "dist" / "index.html", "<p>index</p>");
    testing::write_text(folder_ / "dist" / "assets" / "index-Ab3_dEf9.js", "1");
    testing::write_text(folder_ / "dist" / "assets" / "plain.js", "2");
    testing::write_text(folder_ / "dist" / "api" / "x.json", "3");
    testing::write_text(folder_ / "dist" / ".env", "secret");
    testing::write_text(folder_ / "secret.txt", "secret");
    std::filesystem::create_symlink(folder_ / "secret.txt", folder_ / "dist" / "link.txt");
    site_ = StaticSite::load(folder_ / "dist", problem_);
  }
  std::string body(std::string_view path) const {
    const auto* file = site_.find(path);
    return file == nullptr ? "-" : *file->content->identity();
  }
  testing::TempFolder folder_;
  std::string problem_;
  StaticSite site_;
};

TEST_F(SiteTest, ServesFilesAndTheDocumentForRoutes) {
  EXPECT_EQ(problem_, "");
  EXPECT_EQ(body("/index.html"), "<p>index</p>");
  EXPECT_EQ(body("/"), "<p>index</p>");
  EXPECT_EQ(body("/hello/deep"), "<p>index</p>");
  EXPECT_EQ(body("/assets/plain.js"), "2");
  EXPECT_EQ(body("/assets/missing.js"), "-");
}

TEST_F(SiteTest, NeverAnswersForTheApi) {
  for (const char* path : {"/api", "/api/x.json", "/api/none", "/auth/login", "/access/v1",
                           "/events", "/stream/a", "/configs"}) {
    EXPECT_EQ(body(path), "-") << path;
  }
  EXPECT_EQ(body("/apis"), "<p>index</p>");
}

TEST_F(SiteTest, ReadsNoHiddenFilesAndFollowsNoLinks) {
  EXPECT_EQ(body("/.env"), "<p>index</p>");
  EXPECT_EQ(body("/link.txt"), "-");
}

TEST_F(SiteTest, KnowsWhatNeverChanges) {
  EXPECT_TRUE(site_.find("/assets/index-Ab3_dEf9.js")->immutable);
  EXPECT_FALSE(site_.find("/assets/plain.js")->immutable);
  EXPECT_TRUE(site_.find("/")->html);
}

TEST(StaticSite, SaysWhatIsMissing) {
  const testing::TempFolder folder;
  std::string problem;
  (void)StaticSite::load(folder / "none", problem);
  EXPECT_NE(problem.find("cannot be read"), std::string::npos);
  problem.clear();
  (void)StaticSite::load(folder.path(), problem);
  EXPECT_NE(problem.find("index.html"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::bff
