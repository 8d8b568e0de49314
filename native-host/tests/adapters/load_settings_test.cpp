#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::Marked;
using testing::problems_with;

Settings settings_of(const std::string& more) {
  const ConfigFolder folder;
  folder.write("settings.yaml", "experience_version: \"1.4.0\"\n" + more);
  const LoadResult result = folder.load();
  EXPECT_EQ(brief(result.problems), Lines{});
  return result.ok() ? result.snapshot->settings : Settings{};
}

TEST(SettingsFile, GivesEveryKeyItsDefault) {
  const Settings settings = settings_of("");
  EXPECT_EQ(settings.session.idle.count(), 60);
  EXPECT_EQ(settings.session.max.count(), 480);
  EXPECT_EQ(settings.authzen.dialect, AuthzenDialect::kFinal);
  EXPECT_EQ(settings.authzen.timeout.count(), 2000);
  EXPECT_FALSE(settings.spa_root);
  EXPECT_EQ(settings.rate.per_second, 50);
  EXPECT_EQ(settings.limits.connections, 10000);
  EXPECT_EQ(settings.security.frame_ancestors, "'none'");
  EXPECT_TRUE(settings.security.trusted_types.empty());
  EXPECT_TRUE(settings.security.refuses_popups(Stamps::kRequired));
  EXPECT_FALSE(settings.security.refuses_popups(Stamps::kOptional));
  EXPECT_TRUE(settings.operator_token_file.empty());
}

TEST(SettingsFile, ReadsEveryKey) {
  const Settings settings = settings_of(R"(
session: { idle_minutes: 5, max_minutes: 10 }
authzen: { dialect: seeds, pdp: "http://127.0.0.1:7001/pdp", timeout_ms: 300 }
spa: { root: "../dist" }
rate: { per_second: 2.5 }
operator_token_file: operator.token
trusted_proxies: ["10.0.0.0/8", "::1"]
limits: { connections: 5, streams_per_session: 2 }
security:
  frame_ancestors: "'self'"
  insecure_origins: true
  style_hashes: ["sha256-gYiS/BvZvRcK27JIXTuwhZ3hs2+VJ1X+2gUlE+farlg="]
  trusted_types: [dompurify, react]
  popups: allow
)");
  EXPECT_EQ(settings.session.idle.count(), 5);
  EXPECT_EQ(settings.authzen.dialect, AuthzenDialect::kSeeds);
  ASSERT_TRUE(settings.authzen.pdp);
  EXPECT_EQ(settings.authzen.pdp->port, 7001);
  EXPECT_EQ(settings.authzen.pdp->timeout.count(), 300);
  EXPECT_LE(settings.authzen.pdp->connect_timeout.count(), 300);
  EXPECT_EQ(settings.spa_root->filename(), "dist");
  EXPECT_TRUE(settings.spa_root->is_absolute());
  EXPECT_EQ(settings.rate.per_second, 2.5);
  EXPECT_EQ(settings.rate.burst, 100);
  EXPECT_EQ(settings.trusted_proxies.size(), 2u);
  EXPECT_TRUE(settings.security.insecure_origins);
  EXPECT_EQ(settings.security.trusted_types.size(), 2u);
  EXPECT_FALSE(settings.security.refuses_popups(Stamps::kRequired));
  EXPECT_TRUE(settings_of("security: { popups: refuse }").security.refuses_popups(Stamps::kOff));
}

TEST(SettingsFile, DerivesMissingQuotasFromOthers) {
  const LimitSettings own = settings_of("").limits;
  EXPECT_EQ(own.connections_per_address, 5000);
  EXPECT_EQ(own.streams_per_account, 256);
  EXPECT_EQ(own.streams_per_tenant, 7500);
  EXPECT_EQ(own.sessions_per_account, 100);
  const LimitSettings few =
      settings_of("limits: { connections: 1, streams_per_session: 1000 }").limits;
  EXPECT_EQ(few.connections_per_address, 1);
  EXPECT_EQ(few.streams_per_account, 1000);
  EXPECT_EQ(few.streams_per_tenant, 1);
  const Settings said = settings_of(R"(
session: { streams_keep: false }
forwarded: x-forwarded-for
limits: { connections_per_address: 7, streams_per_account: 8, streams_per_address: 9,
          streams_per_tenant: 10, calls_per_account: 11, sessions_per_account: 12,
          sessions_per_address: 13, sessions_per_tenant: 14, telemetry_kib_per_minute: 15 }
)");
  EXPECT_FALSE(said.session.streams_keep);
  EXPECT_EQ(said.forwarded, ForwardedHeader::kXForwardedFor);
  EXPECT_EQ(said.limits.connections_per_address, 7);
  EXPECT_EQ(said.limits.calls_per_account, 11);
  EXPECT_EQ(said.limits.sessions_per_tenant, 14);
  EXPECT_EQ(said.limits.telemetry_kib_per_minute, 15);
}

TEST(SettingsFile, RejectsValuesWithoutTheirStatedEffect) {
  const auto with = [](const std::string& more) {
    return problems_with("settings.yaml", "experience_version: 1.4.0\n" + more + "\n");
  };
  const auto one = [](const char* at, const char* code) {
    return Lines{"settings.yaml:2:" + std::string(at) + ' ' + code};
  };
  EXPECT_EQ(problems_with("settings.yaml", ""), Lines{"settings.yaml:0:0 CONFIG_REQUIRED"});
  EXPECT_EQ(problems_with("settings.yaml", "[]"), Lines{"settings.yaml:1:1 CONFIG_WRONG_TYPE"});
  EXPECT_EQ(with("session: { idle_minutes: 60, max_minutes: 5 }"), one("43", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("session: { idle_minutes: 0 }"), one("26", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("session: { idle_minutes: \"5\" }"), one("26", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("session: { idle_minutes: 5m }"), one("26", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("lab_login: true"), one("12", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("lab_login: { enabled: on }"), one("23", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("authzen: { dialect: 2.0 }"), one("21", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("authzen: { pdp: ftp://x }"), one("17", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("rate: { per_second: nan }"), one("21", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("rate: { per_second: 0 }"), one("21", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("trusted_proxies: [10.0.0.1/8]"), one("18", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("trusted_proxies: 10.0.0.0/8"), one("18", "CONFIG_WRONG_TYPE"));
  EXPECT_EQ(with("security: { frame_ancestors: \"*; script-src *\" }"),
            one("30", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { frame_ancestors: \"a\\r\\nX: y\" }"), one("30", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { style_hashes: [unsafe-inline] }"), one("27", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { trusted_types: [\"*\"] }"), one("28", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { popups: block }"), one("21", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { popups: true }"), one("21", "CONFIG_BAD_VALUE"));
  EXPECT_EQ(with("security: { trusted_types: [\"'allow-duplicates'\"] }"),
            one("28", "CONFIG_BAD_VALUE"));
}

TEST(SettingsFile, MissingTimeoutsHaveDefaults) {
  const ConfigFolder folder;
  folder.write("settings.yaml",
               "experience_version: 1.4.0\ntimeouts: { head_ms: 500, write_ms: 3600000 }\n");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok()) << to_string(result.problems.at(0));
  const TimeoutSettings& timeouts = result.snapshot->settings.timeouts;
  EXPECT_EQ(timeouts.head, std::chrono::milliseconds(500));
  EXPECT_EQ(timeouts.write, std::chrono::hours(1));
  EXPECT_FALSE(timeouts.idle);
  EXPECT_FALSE(timeouts.body);
  for (const char* wrong : {"head_ms: 0", "idle_ms: 9", "body_ms: 3600001", "write_ms: -1"}) {
    const Lines problems = problems_with(
        "settings.yaml", std::string("experience_version: 1.4.0\ntimeouts: { ") + wrong + " }\n");
    ASSERT_EQ(problems.size(), 1u) << wrong;
    EXPECT_NE(problems[0].find("CONFIG_BAD_VALUE"), std::string::npos) << wrong;
  }
}

TEST(ThemeFile, MergesATenantsThemeOverTheDefault) {
  const ConfigFolder folder;
  folder.write("plugins.yaml", "tenants:\n  localhost: []\n  acme.test: []\n");
  folder.write("theme.yaml", R"(themes:
  default: { name: Neon, tokens: { color.accent: "#7c5cff", radius: 4px }, dark: { color.bg: "#000" } }
  tenants:
    acme.test: { tokens: { radius: 0 } }
)");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok()) << to_string(result.problems.at(0));
  EXPECT_EQ(
      result.snapshot->tenant_of("localhost")->theme.json,
      R"({"name":"Neon","tokens":{"color.accent":"#7c5cff","radius":"4px"},"dark":{"color.bg":"#000"},"light":{}})");
  const Theme& acme = result.snapshot->tenant_of("acme.test")->theme;
  EXPECT_EQ(acme.name, "Neon");
  EXPECT_EQ(acme.tokens.at("radius"), "0");
  EXPECT_EQ(acme.dark.at("color.bg"), "#000");
  EXPECT_NE(acme.etag, result.snapshot->tenant_of("localhost")->theme.etag);
}

TEST(ThemeFile, RejectsTokensThatAreMoreThanAValue) {
  for (const char* value : {"red; background: url(x)", "url(//evil)", "URL( x )", "a}b",
                            "\\75rl(x)", "</style>", "/*", "@import x", "image-set('x')", ""}) {
    EXPECT_EQ(
        problems_with("theme.yaml",
                      "themes:\n  default: { tokens: { a: \"" +
                          std::string(value == std::string("\\75rl(x)") ? "\\\\75rl(x)" : value) +
                          "\" } }\n"),
        Lines{"theme.yaml:2:27 CONFIG_BAD_VALUE"})
        << value;
  }
  EXPECT_EQ(problems_with("theme.yaml", "themes:\n  default: { tokens: { \"A B\": x } }\n").size(),
            1u);
  EXPECT_EQ(problems_with("theme.yaml", "themes:\n  tenants: { nowhere.test: {} }\n"),
            Lines{"theme.yaml:2:14 CONFIG_DANGLING?"});
}

TEST(PolicyFile, RejectsMisleadingRules) {
  struct Row {
    const char* rule;
    const char* code;
  };
  for (const Row& row : {
           Row{"^{ id: a, action: [x] }", "CONFIG_REQUIRED"},
           Row{"{ id: a, effect: ^allow }", "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, action: ^[] }", "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, resource: { id: ^[\"a*b\"] } }", "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, subject: { roles: ^[] } }", "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, tenants: ^[nowhere.test, localhost] }", "CONFIG_DANGLING"},
           Row{"{ id: a, effect: permit, when: [ ^{ path: subject.id } ] }", "CONFIG_REQUIRED"},
           Row{"{ id: a, effect: permit, when: [ ^{ path: subject.id, equals: x, in: [x] } ] }",
               "CONFIG_REQUIRED"},
           Row{"{ id: a, effect: permit, when: [ { path: ^user.id, equals: x } ] }",
               "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, when: [ { path: ^subject..id, equals: x } ] }",
               "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: permit, when: [ { path: ^subject, equals: x } ] }",
               "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: deny, when: [ { path: subject.id, equals: ^1e999 } ] }",
               "CONFIG_BAD_VALUE"},
           Row{"{ id: a, effect: deny, when: [ { path: subject.id, in: ^[1, -7E+2777] } ] }",
               "CONFIG_BAD_VALUE"},
       }) {
    const Marked file("rules:\n  - " + std::string(row.rule) + '\n');
    EXPECT_EQ(problems_with("policy.yaml", file.text), file.expect("policy.yaml", row.code))
        << row.rule;
  }
  EXPECT_EQ(problems_with("policy.yaml", "rules:\n  - { id: a, effect: deny, action: view }\n"),
            Lines{"policy.yaml:2:36 CONFIG_WRONG_TYPE"});
  EXPECT_EQ(problems_with("policy.yaml",
                          "rules:\n  - { id: a, effect: deny }\n  - { id: a, effect: deny }\n"),
            Lines{"policy.yaml:3:5 CONFIG_DUPLICATE"});
  EXPECT_EQ(problems_with("policy.yaml", "rules:\n  - { id: a, effect: permit }\n"), Lines{});
}

}  // namespace
}  // namespace portcullis::bff
