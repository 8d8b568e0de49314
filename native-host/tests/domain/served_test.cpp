#include "domain/served.hpp"

#include <gtest/gtest.h>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::plugin_entry;

constexpr const char* kPermit =
    "rules:\n  - { id: all, effect: permit, action: [view], subject: { roles: [viewer] } }\n";

/// A folder that serves the plugin `p` to one account.
class ServedTest : public ::testing::Test {
 protected:
  ServedTest() {
    folder.write("settings.yaml", "experience_version: 1.4.0\nlab_login: { enabled: true }\n");
    folder.write("idps.yaml", "idps: [{ name: lab }]\n");
    folder.write("users.yaml",
                 "users:\n  - { user: v, password: p, roles: [viewer], tenants: [localhost], idp: "
                 "lab }\n");
    folder.write("policy.yaml", kPermit);
    folder.write("fixtures.yaml",
                 "fixtures: { f: { responses: [{ path: /api/p/x, json: {} }] } }\n");
    folder.write("routes.yaml", "routes:\n  - { path: /api/p/*, fixture: f }\n");
    folder.bundle("p/1.0.0/index.esm.js", "export default {};");
    plugins(plugin_entry("p"));
  }
  void plugins(const std::string& entries) {
    folder.write("plugins.yaml", "tenants:\n  localhost:\n" + entries);
  }
  std::vector<ConfigProblem> remarks() const {
    const LoadResult result = folder.load();
    EXPECT_TRUE(result.ok()) << to_string(result.problems.at(0));
    return result.ok() ? result.snapshot->remarks : std::vector<ConfigProblem>{};
  }
  /// The message of the first problem with this code; empty if there is none.
  std::string said(Code code) const {
    for (const ConfigProblem& remark : remarks()) {
      if (remark.code == code) return to_string(remark);
    }
    return {};
  }
  ConfigFolder folder;
};

TEST_F(ServedTest, ReportsNothingForAWorkingConfiguration) { EXPECT_EQ(brief(remarks()), Lines{}); }

TEST_F(ServedTest, ReportsIfNothingIsServed) {
  const auto why = [&] { return said(Code::kConfigNothingServed); };
  const auto expect = [&](const std::string& words) {
    EXPECT_NE(why().find(words), std::string::npos) << why() << "\n  wanted: " << words;
  };
  folder.write("plugins.yaml", "tenants: {}\n");
  folder.write("users.yaml", "users: []\n");
  expect("lists no tenant");
  folder.write("plugins.yaml", "tenants: { localhost: [] }\n");
  expect("no tenant lists a plugin");
  plugins(plugin_entry("p", "      enabled: false\n"));
  expect("1 is disabled");
  plugins(plugin_entry("absent"));
  expect("1 has no bundle file");
  plugins(plugin_entry("absent") + plugin_entry("gone") +
          plugin_entry("p", "      enabled: false\n"));
  expect("of its 3 plugins 1 is disabled, 2 have no bundle file");
  folder.write("settings.yaml", "experience_version: 0.9.0\nlab_login: { enabled: true }\n");
  plugins(plugin_entry("p"));
  expect("1 does not take this experience_version");
}

TEST_F(ServedTest, CountsPluginsByReason) {
  plugins(plugin_entry("p") + plugin_entry("absent") +
          plugin_entry("off", "      enabled: false\n"));
  EXPECT_EQ(said(Code::kConfigNothingServed), "");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok());
  const auto counts = unserved(*result.snapshot);
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(name(counts[0].reason), "disabled");
  EXPECT_EQ(name(counts[1].reason), "bundle_missing");
  EXPECT_EQ(counts[1].plugins, 1u);
  EXPECT_EQ(counts[1].tenant, "localhost");
}

TEST_F(ServedTest, ReportsIfNoOneCanSignIn) {
  const auto why = [&] { return said(Code::kConfigNobodySignsIn); };
  folder.write("settings.yaml", "experience_version: 1.4.0\n");
  EXPECT_NE(why().find("lab_login is off"), std::string::npos) << why();
  folder.write("settings.yaml", "experience_version: 1.4.0\nlab_login: { enabled: true }\n");
  folder.write("users.yaml", "users: []\n");
  EXPECT_NE(why().find("lists no account"), std::string::npos) << why();
  folder.write("users.yaml", "users: [{ user: v, password: p, idp: lab }]\n");
  EXPECT_NE(why().find("no account of users.yaml has a tenant"), std::string::npos) << why();
}

TEST_F(ServedTest, ReportsRulesWithoutAMatch) {
  const auto rule = [&](const std::string& more) {
    folder.write("policy.yaml", kPermit + ("  - { id: b, effect: deny, " + more + " }\n"));
    std::string all;
    for (const ConfigProblem& remark : remarks()) all += to_string(remark) + '\n';
    return all;
  };
  EXPECT_EQ(rule("resource: { type: [plugin.route], id: [/p] }"), "");
  EXPECT_EQ(rule("resource: { type: [\"plugin.*\"], id: [\"/*\"] }"), "");
  EXPECT_EQ(rule("subject: { ids: [\"auth:account:lab:v\"] }"), "");
  // A plugin may use its own resource types.
  EXPECT_EQ(rule("action: [update], resource: { type: [todo], id: [\"7\"] }"), "");
  for (const auto& [more, says] : std::vector<std::pair<std::string, std::string>>{
           {"resource: { type: [plugin.rout] }",
            "policy.yaml:3:40: warning CONFIG_UNUSED: no contribution has the resource type "
            "\"plugin.rout\"; did you mean `plugin.route`?"},
           {"resource: { type: [route] }", "did you mean `plugin.route`?"},
           {"resource: { type: [plugin.page] }", "no contribution has the resource type"},
           {"action: [see]", "no contribution has the action \"see\""},
           {"action: [veiw]", "no contribution has the action \"veiw\"; did you mean `view`?"},
           {"resource: { type: [plugin.route], id: [/q] }", "has the id \"/q\""},
           {"subject: { roles: [viewr] }", "nobody has the role \"viewr\"; did you mean `viewer`?"},
           {"subject: { ids: [\"auth:account:lab:w\"] }", "nobody has the id"},
       }) {
    const std::string all = rule(more);
    EXPECT_NE(all.find(says), std::string::npos) << more << ": " << all;
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
  }
}

TEST_F(ServedTest, ReportsPluginsWithoutPermissions) {
  for (const char* rule :
       {"{ id: a, effect: permit, action: [view], resource: { type: [plugin.widget] } }",
        "{ id: a, effect: permit, action: [view], resource: { type: [plugin.route], id: [/o] } }",
        "{ id: a, effect: deny }"}) {
    folder.write("policy.yaml", std::string("rules:\n  - ") + rule + "\n");
    std::string all;
    for (const ConfigProblem& remark : remarks()) all += to_string(remark) + '\n';
    EXPECT_NE(all.find("no rule of policy.yaml permits a route or widget of \"p\""),
              std::string::npos)
        << all;
  }
}

TEST_F(ServedTest, ReportsAMissingPolicy) {
  std::filesystem::remove(folder.config() / "policy.yaml");
  EXPECT_NE(said(Code::kConfigFileMissing).find("policy.yaml: warning"), std::string::npos);
  folder.write("settings.yaml",
               "experience_version: 1.4.0\nlab_login: { enabled: true }\n"
               "authzen: { pdp: \"http://127.0.0.1:1\" }\n");
  EXPECT_EQ(said(Code::kConfigFileMissing), "");
}

TEST_F(ServedTest, ReportsUnusedRoutesAndUpstreams) {
  const auto routes = [&](const std::string& text) {
    folder.write("routes.yaml", text);
    return brief(remarks());
  };
  const std::string used = "routes:\n  - { path: /api/p/*, fixture: f }\n";
  EXPECT_EQ(routes(used + "  - { path: /api/q/*, fixture: f }\n"),
            Lines{"routes.yaml:3:5 CONFIG_UNUSED?"});
  EXPECT_EQ(routes(used + "  - { path: /api/q/*, fixture: f, plugin: optional }\n"), Lines{});
  EXPECT_EQ(routes(used + "  - { path: \"/api/p/:x/y\", fixture: f }\n"), Lines{});
  EXPECT_EQ(routes(used + "  - { path: \"/api/q/:x\", params: { x: int }, fixture: f }\n"),
            Lines{"routes.yaml:3:5 CONFIG_UNUSED?"});
  EXPECT_EQ(routes(used + "  - { path: /api/p/y, methods: [POST], fixture: f }\n"),
            Lines{"routes.yaml:3:5 CONFIG_UNUSED?"});
  EXPECT_EQ(routes(used + "  - { path: /api/p/y, methods: [HEAD], fixture: f }\n"), Lines{});
  EXPECT_EQ(routes(used + "upstreams: { u: { url: \"http://127.0.0.1:1\" } }\n"),
            Lines{"routes.yaml:3:14 CONFIG_UNUSED?"});
  EXPECT_EQ(routes("upstreams: { u: { url: \"http://127.0.0.1:1\" } }\nroutes: [{ path: /api/p/*, "
                   "upstream: u }]\n"),
            Lines{});
}

TEST_F(ServedTest, ReportsSlotsSimilarToAnotherPlugins) {
  const auto with_slot = [](const std::string& id, const std::string& slot) {
    std::string entry = plugin_entry(id);
    const std::string routes = "routes: [ { path: /" + id + ", component: Page } ]";
    return entry.replace(entry.find(routes), routes.size(),
                         "widgets: [ { slot: " + slot + ", component: W } ]");
  };
  folder.bundle("q/1.0.0/index.esm.js", "export default {};");
  plugins(with_slot("p", "dashboard.main") + with_slot("q", "dashbord.main"));
  std::string all;
  for (const ConfigProblem& remark : remarks()) all += to_string(remark) + '\n';
  EXPECT_NE(all.find("did you mean `dashboard.main`?"), std::string::npos) << all;
  plugins(with_slot("p", "panel.1") + with_slot("q", "panel.2"));
  EXPECT_EQ(said(Code::kConfigUnused), "");
}

}  // namespace
}  // namespace portcullis::bff
