// Common parts of answers: problem documents, safe header lines, security headers.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json_writer.hpp"
#include "http/problem.hpp"
#include "http/security_headers.hpp"

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

TEST(Problem, A401HasAChallengeThatDoesNotPrompt) {
  const Response refused = problem_response({.code = Code::kSessionRequired});
  EXPECT_NE(refused.header_lines().find("WWW-Authenticate: Cookie realm=\"portcullis\"\r\n"),
            std::string::npos);
  const Response denied = problem_response({.code = Code::kAllowlistViolation});
  EXPECT_EQ(denied.header_lines().find("WWW-Authenticate"), std::string::npos);
}

TEST(Problem, IsAPageWithoutScriptOrStyleForBrowsers) {
  const Response page = problem_response({.code = Code::kTenantUnknown,
                                          .detail = "<script>alert(1)</script>",
                                          .request_id = "r'1",
                                          .explain = "use \"http://localhost\" & co"},
                                         0, ProblemForm::kPage);
  EXPECT_EQ(page.status(), 421U);
  const std::string& lines = page.header_lines();
  EXPECT_NE(lines.find("Content-Type: text/html; charset=utf-8\r\n"), std::string::npos);
  EXPECT_NE(lines.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  EXPECT_NE(lines.find("Cache-Control: no-store\r\n"), std::string::npos);
  const std::string body(page.body());
  EXPECT_EQ(body.find("<script"), std::string::npos);
  EXPECT_EQ(body.find("<style"), std::string::npos);
  EXPECT_NE(body.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(body.find("use &quot;http://localhost&quot; &amp; co"), std::string::npos);
  EXPECT_NE(body.find("421 TENANT_UNKNOWN, request r&#39;1"), std::string::npos);
}

TEST(Problem, EveryStatusOfACodeHasItsPhrase) {
  for (const CodeInfo& code : kCodes) {
    if (code.http_status == 0) continue;
    EXPECT_NE(reason_phrase(static_cast<unsigned>(code.http_status)), "Unknown") << code.name;
  }
}

TEST(Problem, HasANullPluginIfThereIsNone) {
  EXPECT_TRUE(
      nlohmann::json::parse(problem_json({.code = Code::kSessionRequired}))["plugin_id"].is_null());
}

TEST(Response, ValuesCannotEndTheirLine) {
  Response response;
  response.header("X-A", "b\r\nSet-Cookie: evil=1\n\x01");
  EXPECT_EQ(response.header_lines(), "X-A: b  Set-Cookie: evil=1  \r\n");
}

TEST(JsonWriter, WritesOneLine) {
  std::string out;
  append_json_string(out, "a\"\\\n\x7f\xff\xc3\xa4\xed\xa0\x80");
  EXPECT_EQ(out, "\"a\\\"\\\\\\u000a\\u007f\\ufffd\xc3\xa4\\ufffd\\ufffd\\ufffd\"");
}

TEST(JsonWriter, EscapesControlAndBidirectionalCharacters) {
  std::string out;
  // NEL, CSI, LINE SEPARATOR, RIGHT-TO-LEFT OVERRIDE, ISOLATE, ARABIC LETTER MARK; none appears
  // raw.
  append_json_string(out, "\xc2\x85\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xd8\x9c");
  EXPECT_EQ(out, R"("\u0085\u009b\u2028\u202e\u2066\u061c")");
  out.clear();
  append_json_string(out, "\xc2\xa0\xe2\x80\xa7\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(out, "\"\xc2\xa0\xe2\x80\xa7\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST(SecurityHeaders, BuildTheStrictPolicy) {
  PagePolicy settings;
  settings.style_hashes = {"sha256-abc="};
  EXPECT_EQ(
      content_security_policy(settings, {"sha256-map="}),
      "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-map='; "
      "style-src 'self' 'sha256-abc='; img-src 'self' data: blob:; "
      "media-src 'self' blob:; font-src 'self'; "
      "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
      "form-action 'self'; require-trusted-types-for 'script'; trusted-types portcullis-gate");
  settings.trusted_types = {"dompurify", "react"};
  const std::string listed = content_security_policy(settings, {});
  EXPECT_TRUE(listed.ends_with("; trusted-types portcullis-gate dompurify react")) << listed;
}

TEST(SecurityHeaders, SettingsCannotAddDirectives) {
  PagePolicy settings;
  settings.frame_ancestors = "'self'; script-src *\r\nX: y";
  EXPECT_EQ(content_security_policy(settings, {}).find(';', 0),
            std::string("default-src 'self'").size());
  EXPECT_EQ(content_security_policy(settings, {}).find("; script-src *"), std::string::npos);
  EXPECT_EQ(content_security_policy(settings, {}).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace portcullis::bff
