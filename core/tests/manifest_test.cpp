#include "portcullis/manifest.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "json.hpp"
#include "manifest_text.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {
namespace {

constexpr std::string_view kFull = R"({
  "$schema": "https://example.com/manifest.schema.json",
  "id": "sales-analytics", "version": "1.2.3-beta.1+5", "engine": {"experience": ">=1.2.0 <2.0.0"},
  "displayName": "Sales", "description": "Line one\nline two", "author": "Example", "category": "sales",
  "tags": ["a", "b c"], "iconUrl": "/assets/sales.svg", "trust": "sandboxed",
  "features": ["one", {"name": "Two", "description": "d", "displayOrder": 2}],
  "config": {"rate": 1.50, "nested": {"z": 1, "a": [true, null]}},
  "roles": [{"name": "seller", "permissions": ["sales.view"]}, "buyer"],
  "bundle": {"file": "/app/plugins/sales/index.esm.js",
             "integrity": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
  "contributions": {
    "routes": [{"path": "/sales/:id", "component": "Sales", "resource": "crm:page", "action": "open"},
               {"path": "/sales", "component": "List"}],
    "widgets": [{"slot": "dashboard.main", "component": "SalesWidget"}]},
  "permissions": {
    "api": [{"method": "GET", "path": "/api/sales/:id/:kind/:x",
             "params": {"id": "uuid", "kind": ["a", "b"], "x": {"regex": "[a-z]+"}}},
            {"method": "POST", "path": "/api/sales/*"}],
    "sse": ["/events/sales"]}
})";

TEST(Manifest, ReadsEveryKey) {
  const ManifestResult result = parse(kFull);
  ASSERT_TRUE(result.ok()) << to_json(result.problems);
  EXPECT_TRUE(result.problems.empty());
  const Manifest& manifest = *result.manifest;
  EXPECT_EQ(manifest.id, "sales-analytics");
  EXPECT_EQ(manifest.version, "1.2.3-beta.1+5");
  EXPECT_EQ(manifest.engine_experience, ">=1.2.0 <2.0.0");
  EXPECT_EQ(manifest.description, "Line one\nline two");
  EXPECT_EQ(manifest.tags, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(manifest.trust, Trust::kSandboxed);
  EXPECT_EQ(manifest.config_json, R"({"rate":1.50,"nested":{"z":1,"a":[true,null]}})");
  ASSERT_EQ(manifest.routes.size(), 2u);
  EXPECT_EQ(manifest.routes[0].resource, "crm:page");
  EXPECT_EQ(manifest.routes[1].resource, "plugin.route");
  EXPECT_EQ(manifest.routes[1].action, "view");
  ASSERT_EQ(manifest.widgets.size(), 1u);
  EXPECT_EQ(manifest.widgets[0].resource, "plugin.widget");
  ASSERT_EQ(manifest.api.size(), 2u);
  EXPECT_EQ(manifest.api[0].params.size(), 3u);
  EXPECT_EQ(manifest.sse, std::vector<std::string>{"/events/sales"});
  ASSERT_TRUE(manifest.bundle.has_value());
  EXPECT_EQ(manifest.bundle->file, "/app/plugins/sales/index.esm.js");
}

TEST(Manifest, CompilesItsPermissions) {
  const ManifestResult result = parse(kFull);
  ASSERT_TRUE(result.policy.has_value());
  const std::string path = "/api/sales/0191c1f0-0000-7000-8000-000000000000/a/q";
  EXPECT_TRUE(result.policy->decide("GET", path).allowed);
  EXPECT_FALSE(result.policy->decide("GET", "/api/sales/1/a/q").allowed);
  EXPECT_TRUE(result.policy->decide("POST", "/api/sales/1").allowed);
  EXPECT_TRUE(result.policy->decide_topic("/events/sales/7").allowed);
}

TEST(Manifest, RoundTripsInCanonicalForm) {
  const std::string text = to_json(*parse(kFull).manifest);
  EXPECT_EQ(text,
            R"({"id":"sales-analytics","version":"1.2.3-beta.1+5",)"
            R"("engine":{"experience":">=1.2.0 <2.0.0"},"displayName":"Sales",)"
            R"("description":"Line one\nline two","author":"Example","category":"sales",)"
            R"("tags":["a","b c"],"iconUrl":"/assets/sales.svg","trust":"sandboxed",)"
            R"("features":["one",{"name":"Two","description":"d","displayOrder":2}],)"
            R"("config":{"rate":1.50,"nested":{"z":1,"a":[true,null]}},)"
            R"("roles":[{"name":"seller","permissions":["sales.view"]},"buyer"],)"
            R"("contributions":{"routes":[{"path":"/sales/:id","component":"Sales",)"
            R"("resource":"crm:page","action":"open"},{"path":"/sales","component":"List",)"
            R"("resource":"plugin.route","action":"view"}],"widgets":[{"slot":"dashboard.main",)"
            R"("component":"SalesWidget","resource":"plugin.widget","action":"view"}]},)"
            R"("permissions":{"api":[{"method":"GET","path":"/api/sales/:id/:kind/:x",)"
            R"("params":{"id":"uuid","kind":["a","b"],"x":{"regex":"[a-z]+"}}},)"
            R"({"method":"POST","path":"/api/sales/*"}],"sse":["/events/sales"]}})");
  const ManifestResult again = parse(text);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.problems.empty());
  EXPECT_EQ(to_json(*again.manifest), text);
}

TEST(Manifest, RequiresOnlyIdentityAndEngine) {
  EXPECT_EQ(problems(with("")), "");
  EXPECT_EQ(problems(R"({"id":"a","version":"1.0.0"})"), "MANIFEST_REQUIRED /engine/experience");
  EXPECT_EQ(problems(R"({"id":"a","version":"1.0.0","engine":{}})"),
            "MANIFEST_REQUIRED /engine/experience");
  EXPECT_EQ(problems("{}"),
            "MANIFEST_REQUIRED /id, MANIFEST_REQUIRED /version, "
            "MANIFEST_REQUIRED /engine/experience");
}

TEST(Manifest, ReportsInvalidJsonWithItsPosition) {
  const struct {
    std::string text, code, message;
  } rows[] = {
      {"{\n\"id\": tru}", "JSON_SYNTAX",
       "The text is not JSON at line 2, column 10: invalid literal."},
      {"", "JSON_SYNTAX",
       "The text is not JSON at line 1, column 1: unexpected end of input; expected '[', '{', or a "
       "literal."},
      {"{\"id\":\n\"\xff\"}", "JSON_SYNTAX",
       "The text is not JSON at line 2, column 2: invalid string: ill-formed UTF-8 byte."},
      {std::string(250000, '['), "JSON_TOO_DEEP",
       "The text is nested too deeply at line 1, column 33: it is nested deeper than 32 levels."},
      {std::string(limits::kMaxManifestBytes + 1, ' '), "JSON_TOO_LARGE",
       "The text is too large: it is larger than 262144 bytes."},
  };
  for (const auto& row : rows) {
    const ManifestResult result = parse(row.text);
    ASSERT_EQ(result.problems.size(), 1u);
    EXPECT_FALSE(result.ok());
    EXPECT_EQ(name(result.problems[0].code), row.code);
    EXPECT_EQ(result.problems[0].pointer, "");
    EXPECT_EQ(result.problems[0].message, row.message);
  }
}

TEST(Manifest, ReportsDuplicateKeysAlongWithOtherProblems) {
  EXPECT_EQ(problems(R"({"id":"a","id":"B","version":"1","engine":{"experience":"*"}})"),
            "JSON_DUPLICATE_KEY /id, SEMVER_INVALID_VERSION /version");
}

TEST(Manifest, RestrictsIdsToUrlAndHeaderSafeCharacters) {
  const std::string longest(limits::kMaxPluginIdBytes, 'a');
  for (const std::string& id : {std::string("a"), std::string("a-b.c_9"), longest}) {
    EXPECT_EQ(problems(R"({"version":"1.0.0","engine":{"experience":"*"},"id":")" + id + "\"}"),
              "");
  }
  for (const std::string& id :
       {std::string(), std::string("A"), std::string("9a"), std::string("-a"), std::string("a b"),
        std::string("a:b"), std::string("a/b"), std::string("\xc3\xa4"), std::string("a\\u0000"),
        longest + "a"}) {
    EXPECT_EQ(problems(R"({"version":"1.0.0","engine":{"experience":"*"},"id":")" + id + "\"}"),
              "MANIFEST_BAD_ID /id")
        << id;
  }
}

TEST(Manifest, RequiresStrictSemver) {
  for (const std::string_view version : {"0.0.0", "1.2.3", "1.2.3-rc.1", "1.2.3+build"}) {
    EXPECT_EQ(problems(R"({"id":"a","engine":{"experience":"*"},"version":")" +
                       std::string(version) + "\"}"),
              "");
  }
  for (const std::string_view version : {"", "1", "1.0", "v1.0.0", "=1.0.0", " 1.0.0", "1.0.0 ",
                                         "01.0.0", "1.0.0-01", "latest", "1.0.0\xc2\xa0"}) {
    EXPECT_EQ(problems(R"({"id":"a","engine":{"experience":"*"},"version":")" +
                       std::string(version) + "\"}"),
              "SEMVER_INVALID_VERSION /version")
        << version;
  }
}

TEST(Manifest, RejectsAnEmptyEngineRange) {
  const auto engine = [](const std::string& range) {
    return problems(R"({"id":"a","version":"1.0.0","engine":{"experience":")" + range + "\"}}");
  };
  EXPECT_EQ(engine("*"), "");
  EXPECT_EQ(engine("^1.0.0 || ~2.1"), "");
  EXPECT_EQ(engine(""), "MANIFEST_REQUIRED /engine/experience");
  EXPECT_EQ(engine(" \\t"), "MANIFEST_REQUIRED /engine/experience");
  EXPECT_EQ(engine("one"), "SEMVER_INVALID_RANGE /engine/experience");
  EXPECT_EQ(engine(">=1.0.0" + std::string(250, ' ')), "MANIFEST_TEXT_TOO_LONG /engine/experience");
}

TEST(Manifest, RejectsUnknownTrustTiers) {
  EXPECT_EQ(parse(with(R"("trust":"trusted")")).manifest->trust, Trust::kTrusted);
  EXPECT_EQ(parse(with("")).manifest->trust, Trust::kTrusted);
  EXPECT_EQ(parse(with(R"("trust":"sandboxed")")).manifest->trust, Trust::kSandboxed);
  EXPECT_EQ(problems(with(R"("trust":"sandbox")")), "MANIFEST_BAD_VALUE /trust");
  EXPECT_EQ(problems(with(R"("trust":null)")), "MANIFEST_WRONG_TYPE /trust");
}

TEST(Manifest, AcceptsOnlyIconsAndBundlesOfThisOrigin) {
  for (const std::string_view url : {"/a.svg", "/a/b.png?v=1", "/"}) {
    EXPECT_EQ(problems(with(R"("iconUrl":")" + std::string(url) + "\"")), "") << url;
  }
  for (const std::string_view url :
       {"https://example.com/a.svg", "//example.com/a.svg", "/\\\\example.com", "a.svg",
        "data:image/png;base64,AA", "/a/../b.svg", "/a.svg#x", "javascript:alert(1)", "/%61.svg"}) {
    EXPECT_EQ(problems(with(R"("iconUrl":")" + std::string(url) + "\"")),
              "MANIFEST_BAD_VALUE /iconUrl")
        << url;
    EXPECT_EQ(problems(with(R"("bundle":{"url":")" + std::string(url) + "\"}")),
              "MANIFEST_BAD_VALUE /bundle/url")
        << url;
  }
  EXPECT_EQ(problems(with(R"("bundle":{"integrity":"md5:1"})")),
            "INTEGRITY_UNSUPPORTED_ALGORITHM /bundle/integrity");
  EXPECT_EQ(problems(with(R"("bundle":{"integrity":""})")), "INTEGRITY_EMPTY /bundle/integrity");
}

TEST(Manifest, LimitsTexts) {
  const std::string name(limits::kMaxNameBytes, 'x');
  const std::string text(limits::kMaxTextBytes, 'x');
  EXPECT_EQ(problems(with(R"("displayName":")" + name + "\"")), "");
  EXPECT_EQ(problems(with(R"("displayName":")" + name + "x\"")),
            "MANIFEST_TEXT_TOO_LONG /displayName");
  EXPECT_EQ(problems(with(R"("description":")" + text + "\"")), "");
  EXPECT_EQ(problems(with(R"("description":")" + text + "x\"")),
            "MANIFEST_TEXT_TOO_LONG /description");
  EXPECT_EQ(problems(with(R"("author":"a\u0000b")")), "MANIFEST_BAD_VALUE /author");
  EXPECT_EQ(problems(with(R"("author":{"name":"a"})")), "MANIFEST_WRONG_TYPE /author");
}

TEST(Manifest, ShortensQuotedTextsBetweenCharacters) {
  std::string ids = "a";
  for (int i = 0; i < 60; ++i) ids += "\xc3\xa9";
  const ManifestResult result =
      parse(R"({"id":")" + ids + R"(","version":"1.0.0","engine":{"experience":">=1.0.0"}})");
  ASSERT_EQ(result.problems.size(), 1u);
  // 80 bytes would end inside the 40th character.
  EXPECT_EQ(result.problems[0].message.substr(0, 84), '"' + ids.substr(0, 79) + "...\"");
}

TEST(Manifest, ReportsTheTypeItFound) {
  const auto found = [](const std::string& value) {
    return parse(with("\"author\":" + value)).problems.at(0).message;
  };
  EXPECT_NE(found("false").find("this is false."), std::string::npos) << found("false");
  EXPECT_NE(found("true").find("this is true."), std::string::npos);
  EXPECT_NE(found("12").find("this is a number."), std::string::npos);
  EXPECT_NE(found("[]").find("this is an array."), std::string::npos);
}

TEST(Manifest, DoesNotInspectConfig) {
  EXPECT_EQ(problems(with(R"("config":{"anything":[{"goes":null}]})")), "");
  EXPECT_EQ(problems(with(R"("config":[])")), "MANIFEST_WRONG_TYPE /config");
}

TEST(Manifest, FindsDuplicatesAmongManyKeysAndLimitsTheirNumber) {
  const auto with_keys = [](int count) {
    std::string keys;
    for (int i = 0; i < count; ++i) keys += "\"k" + std::to_string(i) + "\":0,";
    return parse(with(keys + "\"id\":\"x\"")).problems[0].code;
  };
  EXPECT_EQ(with_keys(900), Code::kJsonDuplicateKey);
  EXPECT_EQ(with_keys(20'000), Code::kJsonTooManyKeys);
}

TEST(ManifestSchema, HasTheReadersLimitsAndKeys) {
  std::ifstream in(PORTCULLIS_SPEC_DIR "/manifest.schema.json", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  json::Document document;
  ASSERT_EQ(json::parse(text.str(), {1 << 20, 64}, document).code, Code::kAllowed);
  const json::View properties = document.root().find("properties");
  const json::View lists = properties.find("contributions").find("properties");
  const json::View permissions = properties.find("permissions").find("properties");
  const json::View definitions = document.root().find("$defs");
  const struct {
    json::View view;
    std::string_view key;
    std::size_t limit;
  } rows[] = {
      {properties.find("id"), "maxLength", limits::kMaxPluginIdBytes},
      {properties.find("version"), "maxLength", limits::kMaxSemverBytes},
      {properties.find("displayName"), "maxLength", limits::kMaxNameBytes},
      {properties.find("tags"), "maxItems", limits::kMaxListEntries},
      {lists.find("routes"), "maxItems", limits::kMaxRoutesPerPlugin},
      {lists.find("widgets"), "maxItems", limits::kMaxWidgetsPerPlugin},
      {permissions.find("api"), "maxItems", limits::kMaxApiRulesPerPlugin},
      {permissions.find("sse"), "maxItems", limits::kMaxSsePrefixesPerPlugin},
      {definitions.find("text"), "maxLength", limits::kMaxTextBytes},
      {definitions.find("name"), "maxLength", limits::kMaxNameBytes},
      {definitions.find("template"), "maxLength", limits::kMaxTemplateBytes},
  };
  for (const auto& row : rows) EXPECT_EQ(row.view.find(row.key).text(), std::to_string(row.limit));
  // A key that only the schema has would be misleading; one that only the reader has would not be
  // completed by editors.
  std::string all = "{";
  std::size_t count = 0;
  for (const json::View property : properties.children()) {
    all += (count++ == 0 ? "\"" : ",\"") + std::string(property.key()) + "\":0";
  }
  EXPECT_EQ(count, 17u);
  EXPECT_EQ(problems(all + "}").find("MANIFEST_UNKNOWN_KEY"), std::string::npos);
}

}  // namespace
}  // namespace portcullis
