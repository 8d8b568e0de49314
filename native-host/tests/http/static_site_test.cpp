#include "http/static_site.hpp"

#include <gtest/gtest.h>

#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using std::chrono::hours;

class SiteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file("index.html", "<p>index</p>");
    file("assets/index-Ab3_dEf9.js", "1");
    file("assets/app-settings.json", "{}");
    file("assets/plain.js", "2");
    file(".vite/manifest.json",
         R"({"index.html":{"file":"assets/index-Ab3_dEf9.js","name":"index"}})");
  }
  void file(const std::string& name, const std::string& content) const {
    const auto path = folder_ / "dist" / name;
    std::filesystem::create_directories(path.parent_path());
    testing::write_text(path, content);
  }
  StaticSite load() {
    report_ = {};
    return StaticSite::load(folder_ / "dist", report_);
  }
  /// The body of the answer, "-", or "-> PATH/".
  static std::string body(const StaticSite& site, std::string_view path, bool page = false,
                          hours later = hours(0)) {
    const StaticSite::Answer answer = site.find(path, page, StaticSite::Time{} + later);
    if (answer.is_folder) return "-> " + std::string(path) + "/";
    return answer.file == nullptr ? "-" : *answer.file->content->identity();
  }
  static const StaticSite::File& file_of(const StaticSite& site, std::string_view path) {
    return *site.find(path, false, {}).file;
  }
  testing::TempFolder folder_;
  StaticSite::Report report_;
};

TEST_F(SiteTest, ServesFilesAndTheDocumentForRoutes) {
  const StaticSite site = load();
  EXPECT_EQ(report_.problem, "");
  for (const char* path : {"/index.html", "/", "/hello/deep", "/hello/", "/apis"}) {
    EXPECT_EQ(body(site, path), "<p>index</p>") << path;
  }
  EXPECT_EQ(body(site, "/assets/plain.js"), "2");
  EXPECT_TRUE(site.find("/hello", false, {}).stands_in);
  EXPECT_FALSE(site.find("/", false, {}).stands_in);
}

TEST_F(SiteTest, NavigationToAPathWithADotGetsThePage) {
  const StaticSite site = load();
  for (const char* path : {"/plugins/crm/jane.doe@example.com", "/plugins/x/2.4", "/a.html",
                           "/plugins/x/www.example.org", "/plugins/x/report.pdf"}) {
    EXPECT_EQ(body(site, path, true), "<p>index</p>") << path;
    EXPECT_EQ(body(site, path, false), "-") << path;
  }
}

TEST_F(SiteTest, TheDocumentNeverReplacesAMissingFile) {
  const StaticSite site = load();
  for (const char* path : {"/assets/app-1.js", "/assets/none", "/assets/", "/vendor/react.js",
                           "/.well-known/change-password", "/.env", "/.git/config", "/a/.b/c"}) {
    EXPECT_EQ(body(site, path, true), "-") << path;
    EXPECT_EQ(body(site, path, false), "-") << path;
  }
}

TEST_F(SiteTest, NeverAnswersForTheApiOrAProbe) {
  file("api/x.json", "3");
  file("healthz", "ok");
  file("metrics/index.html", "m");
  const StaticSite site = load();
  for (const char* path : {"/api", "/api/x.json", "/api/none", "/auth/login", "/access/v1",
                           "/events", "/stream/a", "/configs", "/healthz", "/readyz", "/livez",
                           "/readyz/", "/healthz/ready", "/metrics", "/metrics/"}) {
    EXPECT_EQ(body(site, path, true), "-") << path;
  }
  EXPECT_EQ(body(site, "/readyzone"), "<p>index</p>");
  EXPECT_EQ(body(site, "/metrics/sales"), "<p>index</p>");
  ASSERT_EQ(report_.warnings.size(), 2U) << "unreachable files are reported";
}

TEST_F(SiteTest, WarnsOfUnreachableFiles) {
  file("50%20off.txt", "x");
  file("a;b.txt", "x");
  (void)load();
  ASSERT_EQ(report_.warnings.size(), 2U);
  EXPECT_NE(report_.warnings[0].find(" is never served: no path can name it"), std::string::npos);
}

TEST_F(SiteTest, DecodesNamesAsBrowsersEncodeThem) {
  file(
      "assets/[id] gr\xc3\xb6\xc3\x9f"
      "e|^.txt",
      "odd");
  file("assets/100%.txt", "percent");
  const StaticSite site = load();
  EXPECT_EQ(body(site, "/assets/%5Bid%5D%20gr%C3%B6%C3%9Fe%7C%5E.txt"), "odd");
  EXPECT_EQ(body(site, "/assets/100%25.txt"), "percent");
}

TEST_F(SiteTest, AFolderHasItsOwnPage) {
  file("help/index.html", "help");
  file("help/more/index.html", "more");
  const StaticSite site = load();
  EXPECT_EQ(body(site, "/help/"), "help");
  EXPECT_EQ(body(site, "/help"), "-> /help/");
  EXPECT_EQ(body(site, "/help/more"), "-> /help/more/");
  EXPECT_EQ(body(site, "/help/index.html"), "help");
  EXPECT_EQ(body(site, "/help/none"), "<p>index</p>");
}

TEST_F(SiteTest, IgnoresHiddenFilesExceptWellKnown) {
  testing::write_text(folder_ / "secret.txt", "secret");
  std::filesystem::create_symlink(folder_ / "secret.txt", folder_ / "dist" / "link.txt");
  file(".env", "secret");
  file(".git/config", "secret");
  file("a/.well-known/x", "secret");
  file(".well-known/assetlinks.json", "[]");
  file(".well-known/apple-app-site-association", "{\"applinks\":{}}");
  file(".well-known/acme-challenge/token", "token.thumb");
  file(".well-known/security.txt", "Contact: mailto:a@example.org\n");
  file(".well-known/.hidden", "secret");
  const StaticSite site = load();
  for (const char* path : {"/.env", "/.git/config", "/link.txt", "/a/.well-known/x",
                           "/.well-known/.hidden", "/.vite/manifest.json"}) {
    EXPECT_EQ(body(site, path), "-") << path;
  }
  EXPECT_EQ(body(site, "/.well-known/assetlinks.json"), "[]");
  const auto type = [&](std::string_view path) { return file_of(site, path).media_type; };
  EXPECT_EQ(type("/.well-known/apple-app-site-association"), "application/json");
  EXPECT_EQ(type("/.well-known/acme-challenge/token"), "text/plain; charset=utf-8");
  EXPECT_EQ(type("/.well-known/security.txt"), "text/plain; charset=utf-8");
}

TEST_F(SiteTest, MarksFilesOfTheBuildListImmutable) {
  const StaticSite site = load();
  EXPECT_TRUE(file_of(site, "/assets/index-Ab3_dEf9.js").immutable);
  EXPECT_FALSE(file_of(site, "/assets/app-settings.json").immutable);
  EXPECT_FALSE(file_of(site, "/assets/plain.js").immutable);
  EXPECT_TRUE(file_of(site, "/").html);
  std::filesystem::remove_all(folder_ / "dist" / ".vite");
  EXPECT_FALSE(file_of(load(), "/assets/index-Ab3_dEf9.js").immutable)
      << "a name alone is not enough";
}

TEST_F(SiteTest, KeepsHashedFilesOfThePreviousBuild) {
  file("robots.txt", "old");
  file("assets/old.html", "old");
  const StaticSite first = load();
  std::filesystem::remove_all(folder_ / "dist");
  file("index.html", "<p>two</p>");
  file("assets/index-Zz9_dEf9.js", "two");
  file("assets/app-settings.json", "{\"two\":2}");
  StaticSite second = load();
  second.keep_files_of(first, StaticSite::Time{});
  EXPECT_EQ(body(second, "/assets/index-Ab3_dEf9.js"), "1");
  EXPECT_EQ(body(second, "/assets/index-Zz9_dEf9.js"), "two");
  EXPECT_EQ(body(second, "/assets/app-settings.json"), "{\"two\":2}")
      << "the current file takes precedence";
  EXPECT_EQ(body(second, "/robots.txt"), "-") << "files without a hash are dropped";
  EXPECT_EQ(body(second, "/assets/plain.js"), "-");
  EXPECT_EQ(body(second, "/assets/old.html"), "-");
  EXPECT_EQ(body(second, "/"), "<p>two</p>");
  EXPECT_EQ(body(second, "/assets/index-Ab3_dEf9.js", false, hours(23)), "1");
  EXPECT_EQ(body(second, "/assets/index-Ab3_dEf9.js", false, hours(24)), "-");

  StaticSite third = load();
  third.keep_files_of(second, StaticSite::Time{} + hours(1));
  EXPECT_EQ(body(third, "/assets/index-Ab3_dEf9.js", false, hours(23)), "1");
  EXPECT_EQ(body(third, "/assets/index-Ab3_dEf9.js", false, hours(24)), "-")
      << "the time is not extended";
  EXPECT_EQ(third.kept(), 1U);
}

TEST_F(SiteTest, LimitsTheKeptFiles) {
  const std::string large(StaticSite::kMaxKeptBytes / 2, 'x');
  file("assets/a-AAAAAAA1.bin", large);
  file("assets/b-AAAAAAA1.bin", large);
  file("assets/c-AAAAAAA1.bin", large);
  const StaticSite first = load();
  std::filesystem::remove_all(folder_ / "dist" / "assets");
  StaticSite second = load();
  second.keep_files_of(first, {});
  EXPECT_EQ(second.kept(), 2U);
}

TEST(StaticSite, ReportsMissingFiles) {
  const testing::TempFolder folder;
  StaticSite::Report report;
  (void)StaticSite::load(folder / "none", report);
  EXPECT_NE(report.problem.find("cannot be read"), std::string::npos);
  report = {};
  (void)StaticSite::load(folder.path(), report);
  EXPECT_NE(report.problem.find("index.html"), std::string::npos);
}

TEST(MediaType, IsKnownForPageFiles) {
  for (const auto& [path, type] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/a.mp4", "video/mp4"},
           {"/a.MP4", "video/mp4"},
           {"/a.webm", "video/webm"},
           {"/a.mp3", "audio/mpeg"},
           {"/a.woff2", "font/woff2"},
           {"/a.ttf", "font/ttf"},
           {"/a.avif", "image/avif"},
           {"/a.svg", "image/svg+xml"},
           {"/a.wasm", "application/wasm"},
           {"/a.mjs", "text/javascript; charset=utf-8"},
           {"/a.b.js", "text/javascript; charset=utf-8"},
           {"/a.js.map", "application/json"},
           {"/a.webmanifest", "application/manifest+json"},
           {"/a.pdf", "application/pdf"},
           {"/a.vtt", "text/vtt; charset=utf-8"},
           {"/a.md", "text/markdown; charset=utf-8"},
           {"/a.xml", "application/xml"},
           {"/a.bin", "application/octet-stream"},
           {"/a", "application/octet-stream"},
           {"/a.", "application/octet-stream"},
           {"/.js", "application/octet-stream"},
           {"/b.js/a", "application/octet-stream"}}) {
    EXPECT_EQ(media_type_of(path), type) << path;
  }
  EXPECT_TRUE(
      std::is_sorted(kMediaTypes.begin(), kMediaTypes.end(),
                     [](const auto& a, const auto& b) { return a.extension < b.extension; }));
}

}  // namespace
}  // namespace portcullis::bff
