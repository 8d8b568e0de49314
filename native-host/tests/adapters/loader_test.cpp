#include "adapters/yaml/loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/yaml/config_files.hpp"
#include "config_folder.hpp"
#include "lab/fixture.hpp"
#include "lab/policy.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::plugin_entry;
using testing::problems_with;

TEST(Loader, AcceptsTheTwoRequiredFilesAlone) {
  const ConfigFolder folder;
  const LoadResult result = folder.load();
  EXPECT_EQ(brief(result.problems), Lines{});
  ASSERT_TRUE(result.ok());
  const Snapshot& snapshot = *result.snapshot;
  EXPECT_EQ(snapshot.settings.experience_version, "1.4.0");
  EXPECT_FALSE(snapshot.settings.lab_login);
  EXPECT_TRUE(snapshot.settings.authzen.embedded());
  EXPECT_TRUE(snapshot.policy->rules.empty());
  ASSERT_NE(snapshot.tenant_of("localhost"), nullptr);
  EXPECT_EQ(snapshot.tenant_of("localhost")->manifests_json, "[]");
  EXPECT_EQ(snapshot.tenant_of("other"), nullptr);
}

TEST(Loader, ReportsMissingFiles) {
  const ConfigFolder folder;
  std::filesystem::remove(folder.config() / "settings.yaml");
  std::filesystem::remove(folder.config() / "plugins.yaml");
  std::filesystem::create_directory(folder.config() / "routes.yaml");
  EXPECT_EQ(brief(folder.load().problems),
            (Lines{"settings.yaml:0:0 CONFIG_FILE_MISSING", "plugins.yaml:0:0 CONFIG_FILE_MISSING",
                   "routes.yaml:0:0 CONFIG_FILE_MISSING"}));
}

TEST(Loader, ListsAllProblemsOfAllFiles) {
  const ConfigFolder folder;
  folder.write("settings.yaml", "experience_version: \"1.4\"\nlab_login: { enabled: yes }\n");
  folder.write("plugins.yaml", "tenants:\n  localhost:\n" +
                                   plugin_entry("hello", "      enabled: maybe\n") +
                                   "    - id: BAD\n      version: 1.0\n");
  folder.write("policy.yaml", "rules:\n  - { id: a, effect: allow }\n");
  const LoadResult result = folder.load();
  EXPECT_FALSE(result.ok());
  const Lines lines = brief(result.problems);
  for (const char* wanted :
       {"settings.yaml:1:21 SEMVER_INVALID_VERSION", "settings.yaml:2:23 CONFIG_WRONG_TYPE",
        "plugins.yaml:9:16 CONFIG_WRONG_TYPE", "plugins.yaml:10:11 MANIFEST_BAD_ID",
        "plugins.yaml:11:16 MANIFEST_WRONG_TYPE", "plugins.yaml:10:7 CONFIG_REQUIRED",
        "policy.yaml:2:22 CONFIG_BAD_VALUE"}) {
    EXPECT_NE(std::find(lines.begin(), lines.end(), wanted), lines.end())
        << wanted << " is not in\n"
        << ::testing::PrintToString(lines);
  }
}

TEST(Loader, PrintsAProblemAsCompilersDo) {
  const ConfigFolder folder;
  folder.write("routes.yaml", "routes:\n  - { path: /api/x, fixture: none }\n");
  const LoadResult result = folder.load();
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(to_string(result.problems[0]),
            "routes.yaml:2:30: error CONFIG_DANGLING: the fixture \"none\" is not in "
            "fixtures.yaml (at /routes/0/fixture)");
  const auto json = nlohmann::json::parse(to_json(result.problems));
  EXPECT_EQ(json[0]["line"], 2);
  EXPECT_EQ(json[0]["code"], "CONFIG_DANGLING");
  EXPECT_EQ(to_string({Severity::kWarning, Code::kConfigUnknownKey, {"f"}, "", "a\nb\x1b"}),
            "f: warning CONFIG_UNKNOWN_KEY: a\\x0ab\\x1b");
}

TEST(Loader, MapsManifestProblemsToTheirLines) {
  const ConfigFolder folder;
  std::string entry = plugin_entry("hello");
  entry.replace(entry.find("/api/hello/*"), 12, "/auth/login");
  folder.write("plugins.yaml", "tenants:\n  localhost:\n" + entry);
  const LoadResult result = folder.load();
  EXPECT_EQ(brief(result.problems), Lines{"plugins.yaml:7:50 TEMPLATE_RESERVED"});
  EXPECT_EQ(result.problems[0].pointer, "/tenants/localhost/0/permissions/api/0/path");
}

TEST(Loader, RejectsTheFolderForOneBadEntry) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  localhost:\n" + plugin_entry("good") + "    - {}\n");
  EXPECT_FALSE(folder.load().ok());
}

TEST(Loader, WarnsOfUnknownKeysOfAManifestAndServes) {
  const ConfigFolder folder;
  folder.bundle("hello/1.0.0/index.esm.js", "x");
  folder.write("plugins.yaml",
               "tenants:\n  localhost:\n" + plugin_entry("hello", "      colour: red\n"));
  const LoadResult result = folder.load();
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(brief(result.problems), Lines{"plugins.yaml:9:15 MANIFEST_UNKNOWN_KEY?"});
  EXPECT_EQ(result.snapshot->warnings.size(), 1u);
}

TEST(Loader, RejectsDuplicatesWithinATenantOnly) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  a.test:\n" + plugin_entry("hello") + "  b.test:\n" +
                                   plugin_entry("hello"));
  EXPECT_TRUE(folder.load().ok());
  folder.write("plugins.yaml",
               "tenants:\n  a.test:\n" + plugin_entry("hello") + plugin_entry("hello"));
  const Lines lines = brief(folder.load().problems);
  EXPECT_NE(std::find(lines.begin(), lines.end(), "plugins.yaml:9:7 MANIFEST_DUPLICATE_PLUGIN"),
            lines.end());
}

TEST(Loader, RejectsARouteOfTwoPlugins) {
  const auto with_route = [](const std::string& id, const std::string& path,
                             const std::string& more = {}) {
    std::string entry = plugin_entry(id, more);
    const std::string own = "path: /" + id + ",";
    return entry.replace(entry.find(own), own.size(), "path: " + path + ",");
  };
  const ConfigFolder folder;
  folder.bundle("a/1.0.0/index.esm.js", "a");
  folder.bundle("b/1.0.0/index.esm.js", "b");
  const std::string head = "tenants:\n  localhost:\n";
  folder.write("plugins.yaml", head + with_route("a", "/x/:one") + with_route("b", "/x/:two"));
  EXPECT_EQ(brief(folder.load().problems), Lines{"plugins.yaml:14:42 MANIFEST_DUPLICATE_ROUTE"});
  folder.write("plugins.yaml",
               head + with_route("a", "/x") + with_route("b", "/x", "      enabled: false\n"));
  EXPECT_TRUE(folder.load().ok());
}

TEST(Loader, NormalisesTenantNames) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  LocalHost: []\n  acme.test: []\n");
  folder.write("settings.yaml",
               "experience_version: 1.4.0\ntenants:\n  acme.test: { name: Acme, aliases: "
               "[ACME.example.] }\n");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.snapshot->tenant_of("acme.example")->id, "acme.test");
  EXPECT_EQ(result.snapshot->tenant_of("acme.example")->display_name, "Acme");
  EXPECT_EQ(result.snapshot->tenant_of("localhost")->display_name, "localhost");
}

TEST(Loader, RejectsHostsOfTwoTenants) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  a.test: []\n  A.test: []\n  b.test: []\n  c:80: []\n");
  folder.write("settings.yaml",
               "experience_version: 1.4.0\ntenants:\n  b.test: { aliases: [a.test, x.test] }\n"
               "  a.test: { aliases: [x.test] }\n  typo.test: {}\n");
  EXPECT_EQ(brief(folder.load().problems),
            (Lines{"settings.yaml:3:13 CONFIG_DUPLICATE", "settings.yaml:3:13 CONFIG_DUPLICATE",
                   "settings.yaml:5:3 CONFIG_DANGLING", "plugins.yaml:3:3 CONFIG_DUPLICATE",
                   "plugins.yaml:5:3 CONFIG_BAD_VALUE"}));
}

TEST(Loader, RejectsBundlePathsOutsideTheFolder) {
  for (const char* path : {"/etc/passwd", "/app/plugins/../x.js", "/app/plugins//x.js",
                           "/app/pluginsx/a.js", "../x.js", "/app/plugins/", "./x.js"}) {
    const ConfigFolder folder;
    std::string entry = plugin_entry("hello");
    const std::string own = "/app/plugins/hello/1.0.0/index.esm.js";
    entry.replace(entry.find(own), own.size(), path);
    folder.write("plugins.yaml", "tenants:\n  localhost:\n" + entry);
    EXPECT_EQ(brief(folder.load().problems), Lines{"plugins.yaml:6:23 BUNDLE_OUTSIDE_ROOT"})
        << path;
  }
}

TEST(Loader, OmitsDisabledPluginsFromManifests) {
  const ConfigFolder folder;
  folder.bundle("on/1.0.0/index.esm.js", "x");
  folder.write("plugins.yaml", "tenants:\n  localhost:\n" + plugin_entry("on") +
                                   plugin_entry("off", "      enabled: false\n"));
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(brief(result.problems), Lines{});  // a bundle that is never requested may be missing
  const Tenant& tenant = *result.snapshot->tenant_of("localhost");
  const auto manifests = nlohmann::json::parse(tenant.manifests_json);
  ASSERT_EQ(manifests.size(), 1u);
  EXPECT_EQ(manifests[0]["id"], "on");
  ASSERT_NE(tenant.find("off"), nullptr);
  EXPECT_FALSE(tenant.find("off")->enabled);
}

TEST(Loader, ReadsUsersOnlyForTheLabLogin) {
  const ConfigFolder folder;
  folder.write(
      "users.yaml",
      "users:\n  - { user: vera, password: p, roles: [viewer], tenants: [localhost], idp: lab }\n");
  folder.write("idps.yaml", "idps:\n  - { name: lab, provider: prov }\n");
  EXPECT_TRUE(folder.load().snapshot->users.empty());
  folder.write("settings.yaml", "experience_version: 1.4.0\nlab_login: { enabled: true }\n");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok());
  const User& vera = result.snapshot->users.at("vera");
  EXPECT_EQ(vera.subject_id, "auth:account:prov:vera");
  EXPECT_TRUE(vera.may_use("localhost"));
  EXPECT_FALSE(vera.may_use("other"));
  EXPECT_NE(result.snapshot->policy->facts_of("account", vera.subject_id), nullptr);
}

TEST(Loader, RejectsAmbiguousUsers) {
  const ConfigFolder folder;
  folder.write("settings.yaml", "experience_version: 1.4.0\nlab_login: { enabled: true }\n");
  folder.write("idps.yaml", "idps:\n  - { name: lab }\n");
  folder.write("users.yaml",
               "users:\n"
               "  - { user: \"a:b\", password: p, idp: lab }\n"
               "  - { user: \"a*\", password: p, idp: lab }\n"
               "  - { user: a, password: \"\", idp: lab }\n"
               "  - { user: b, password: p, idp: nobody, tenants: [nowhere] }\n"
               "  - { user: a, password: p, idp: lab }\n");
  EXPECT_EQ(brief(folder.load().problems),
            (Lines{"users.yaml:2:13 CONFIG_BAD_VALUE", "users.yaml:3:13 CONFIG_BAD_VALUE",
                   "users.yaml:4:26 CONFIG_REQUIRED", "users.yaml:5:34 CONFIG_DANGLING",
                   "users.yaml:5:51 CONFIG_DANGLING?", "users.yaml:6:13 CONFIG_DUPLICATE"}));
}

TEST(Loader, WarnsOfUsersAndThemesOfRemovedTenants) {
  const ConfigFolder folder;
  folder.write("settings.yaml",
               "experience_version: 1.4.0\ntenants:\n  gone.test: {}\n"
               "lab_login: { enabled: true }\n");
  folder.write("idps.yaml", "idps:\n  - { name: lab }\n");
  folder.write("users.yaml",
               "users:\n  - { user: vera, password: p, tenants: [gone.test], idp: lab }\n");
  folder.write("theme.yaml", "themes:\n  tenants: { gone.test: {} }\n");
  EXPECT_EQ(brief(folder.load().problems),
            (Lines{"settings.yaml:3:3 CONFIG_DANGLING", "users.yaml:2:41 CONFIG_DANGLING?",
                   "theme.yaml:2:14 CONFIG_DANGLING?"}));
  // They grant nothing and have no effect; an ineffective setting is an error.
  folder.write("settings.yaml", "experience_version: 1.4.0\nlab_login: { enabled: true }\n");
  const LoadResult served = folder.load();
  ASSERT_TRUE(served.ok());
  EXPECT_FALSE(served.snapshot->users.at("vera").may_use("localhost"));
}

TEST(Loader, LimitsTheListOfProblems) {
  std::string routes = "routes:\n";
  for (int i = 0; i < 1000; ++i) routes += "  - { path: nope }\n";
  const ConfigFolder folder;
  folder.write("routes.yaml", routes);
  const LoadResult result = folder.load();
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.problems.size(), limits::kMaxConfigProblems + 1);
}

}  // namespace
}  // namespace portcullis::bff
