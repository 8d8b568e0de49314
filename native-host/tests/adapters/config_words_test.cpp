// Each kind of configuration mistake yields one problem, at its line, that says how to fix it.
#include <gtest/gtest.h>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::ConfigFolder;
using testing::Lines;
using testing::Marked;

struct Row {
  const char* text;  ///< '^' marks the position of the problem
  const char* says;  ///< a part of the message
};

/// Expects exactly one problem of this severity at the mark of each row.
void expect_one_each(const std::string& file, const std::vector<Row>& rows,
                     const std::string& before = {}, const char* severity = "error") {
  for (const Row& row : rows) {
    const Marked marked(before + row.text);
    const ConfigFolder folder;
    folder.write("idps.yaml", "idps: [{ name: lab }]\n");
    folder.write(file, marked.text);
    const LoadResult result = folder.load();
    ASSERT_EQ(result.problems.size(), 1u)
        << row.text << '\n'
        << ::testing::PrintToString(testing::brief(result.problems));
    const std::string said = to_string(result.problems[0]);
    const std::string place = file + ':' + std::to_string(marked.line) + ':' +
                              std::to_string(marked.column) + ": " + severity + ' ';
    EXPECT_TRUE(said.starts_with(place)) << said << "\n  wanted at " << place;
    EXPECT_NE(said.find(row.says), std::string::npos) << said << "\n  wanted: " << row.says;
  }
}

TEST(ConfigWords, UnknownKeysOfSettings) {
  expect_one_each(
      "settings.yaml",
      {
          {"^sining: { required: true }\n", "did you mean `signing`?"},
          {"^stamp: required\n", "did you mean `stamps`?"},
          {"^Stamps: required\n", "did you mean `stamps`?"},
          {"signing: { ^requird: true }\n", "did you mean `signing.required`?"},
          {"signing: { required: false,\n  ^revokd: [] }\n", "did you mean `signing.revoked`?"},
          {"tenants: { localhost: { ^stamp: required } }\n",
           "did you mean `tenants.localhost.stamps`?"},
          {"tenants: { localhost: { signing: { ^requierd: true } } }\n",
           "did you mean `tenants.localhost.signing.required`?"},
          {"lab_login: { ^enable: true }\n", "did you mean `lab_login.enabled`?"},
          {"^lab_logn: { enabled: true }\n", "did you mean `lab_login`?"},
          {"session: { ^idle_minuets: 5 }\n", "did you mean `session.idle_minutes`?"},
          {"authzen: { ^timeout: 5 }\n", "unknown key"},
          {"security: { ^frame_ancestor: \"'none'\" }\n", "`security.frame_ancestors`?"},
          {"limits: { ^header_byte: 5000 }\n", "`limits.header_bytes`?"},
          {"limits: { ^connections:5 }\n", "a key needs a space after its colon"},
          {"timeouts: { ^idle: 5 }\n", "known keys are head_ms, idle_ms, body_ms, write_ms"},
          {"audit: { ^keeps: 5 }\n", "`audit.keep`?"},
          {"rate: { ^brust: 5 }\n", "`rate.burst`?"},
          {"spa: { root: x, ^rot: y }\n", "`spa.root`?"},
          {"dev: { ^unsgined: true }\n", "`dev.unsigned`?"},
          {"^trusted_proxys: []\n", "`trusted_proxies`?"},
          {"^trusted_proxy: []\n", "`trusted_proxies`?"},
          {"^operator_token: x\n", "`operator_token_file`?"},
      },
      "experience_version: 1.4.0\n");
}

TEST(ConfigWords, UnknownKeysOfTheOtherFiles) {
  expect_one_each("routes.yaml", {
                                     {"^route: []\n", "did you mean `routes`?"},
                                     {"upstreams: { u: { url: \"http://127.0.0.1:1\", ^verify_tsl: "
                                      "false } }\n",
                                      "did you mean `upstreams.u.verify_tls`?"},
                                 });
  expect_one_each(
      "policy.yaml",
      {
          {"rules:\n  - { id: a, effect: deny, ^actions: [view] }\n", "`rules.0.action`?"},
          {"rules:\n  - { id: a, effect: deny, subject: { ^role: [x] } }\n", "roles"},
          {"rules:\n  - { id: a, effect: deny, resource: { ^typ: [x] } }\n",
           "`rules.0.resource.type`?"},
          {"^rule: []\n", "`rules`?"},
          {"subjects:\n  - { type: a, id: b, ^rols: [] }\n", "`subjects.0.roles`?"},
      });
  expect_one_each("theme.yaml",
                  {{"themes: { ^defualt: {} }\n", "`themes.default`?"},
                   {"themes: { default: { ^drak: {} } }\n", "`themes.default.dark`?"}});
  expect_one_each("fixtures.yaml", {
                                       {"fixtures: { f: { responses: [{ path: /x, ^jsn: 1 }] } }\n",
                                        "`fixtures.f.responses.0.json`?"},
                                       {"fixtures: { f: { stream: { events: [{ ^dta: x }] } } }\n",
                                        "`fixtures.f.stream.events.0.data`?"},
                                   });
  expect_one_each("idps.yaml", {{"idps: [{ name: lab, ^isuer: x }]\n", "`idps.0.issuer`?"}});
}

TEST(ConfigWords, UnknownKeysOfPlugins) {
  const auto with = [](const std::string& more) {
    return "tenants:\n  localhost:\n" + testing::plugin_entry("p", "      " + more);
  };
  for (const auto& [more, says] : std::vector<std::pair<std::string, std::string>>{
           {"enabld: false\n", "did you mean `enabled`?"},
           {"Enabled: false\n", "did you mean `enabled`?"},
           {"signature: { bundle: x }\n", "did you mean `signatures`?"},
           {"rates: { burst: 1 }\n", "did you mean `rate`?"},
           {"rate: { ^brust: 1 }\n", "did you mean `tenants.localhost.0.rate.burst`?"},
           {"signatures: { ^bundel: x }\n",
            "did you mean `tenants.localhost.0.signatures.bundle`?"},
       }) {
    const Marked marked(with(more));
    const ConfigFolder folder;
    folder.bundle("p/1.0.0/index.esm.js", "x");
    folder.write("plugins.yaml", marked.text);
    const LoadResult result = folder.load();
    ASSERT_EQ(result.problems.size(), 1u) << more;
    EXPECT_EQ(result.problems[0].code, Code::kConfigUnknownKey) << more;
    EXPECT_EQ(result.problems[0].severity, Severity::kError) << more;
    EXPECT_EQ(result.problems[0].where.line, 9) << more;
    EXPECT_NE(result.problems[0].message.find(says), std::string::npos)
        << result.problems[0].message;
  }
}

TEST(ConfigWords, UnknownNames) {
  expect_one_each("policy.yaml", {{"rules:\n  - { id: a, effect: deny, tenants: ^[localhst] }\n",
                                   "did you mean `localhost`?"}});
  expect_one_each(
      "routes.yaml",
      {
          {"upstreams: { sales: { url: \"http://127.0.0.1:1\" } }\nroutes: [{ path: /x, upstream: "
           "^slaes }]\n",
           "did you mean `sales`?"},
      });
  expect_one_each("settings.yaml", {{"tenants: { ^locahost: {} }\n", "did you mean `localhost`?"}},
                  "experience_version: 1.4.0\n");
  expect_one_each("theme.yaml", {{"themes: { tenants: { ^locahost: {} } }\n", "`localhost`?"}}, {},
                  "warning");
}

TEST(ConfigWords, OneValueForAListAndOtherWrongTypes) {
  expect_one_each(
      "settings.yaml",
      {
          {"trusted_proxies: ^10.0.0.0/8\n", "write trusted_proxies: [10.0.0.0/8]"},
          {"lab_login: ^true\n", "write lab_login: { key: value }"},
          {"lab_login: { enabled: ^yes }\n", "write enabled: true"},
          {"lab_login: { enabled: ^\"false\" }\n", "write enabled: false"},
          {"lab_login: { enabled: ^\"off\" }\n", "write enabled: false"},
          {"session: { idle_minutes: ^\"5\" }\n", "write it without quotes: idle_minutes: 5"},
          {"session: { idle_minutes: ^2.5 }\n", "must be a whole number"},
          {"session: { idle_minutes: ^1e9 }\n", "must be from 1 to 525600, not 1e9"},
          {"limits: { query_bytes: ^1e999 }\n", "must be from 0 to 8192, not 1e999"},
          {"limits: { query_bytes: ^-1e999 }\n", "must be from 0 to 8192, not -1e999"},
          {"session:\n  ^- idle_minutes: 5\n", "write its keys without \"- \""},
          {"stamps: ^requred\n", "did you mean `required`?"},
          {"stamps: ^[required]\n", "write stamps: required"},
          {"operator_token_file: ^{ file: x }\n", "quote it"},
          {"rate: { burst: ^x }\n", "must be a number"},
      },
      "experience_version: 1.4.0\n");
  expect_one_each(
      "policy.yaml",
      {
          {"rules:\n  - { id: a, effect: deny, subject: { roles: ^viewer } }\n",
           "write roles: [viewer]"},
          {"rules:\n  - { id: a, effect: deny, action: ^\"*\" }\n", "write action: [\"*\"]"},
          {"rules:\n  - { id: a, effect: deny, tenants: ^localhost }\n",
           "write tenants: [localhost]"},
          {"rules:\n  - { id: a, effect: ^denied }\n", "must be one of permit, deny"},
          {"rules:\n  ^id: a\n  effect: deny\n", "start each entry with \"- \""},
          {"rules:\n  - { id: a, effect: deny, when: [{ path: subject.id, in: ^x }] }\n",
           "write in: [x]"},
          {"rules:\n  - { id: a, effect: deny, subject: { roles:  ^} }\n",
           "is empty; remove it to mean all"},
      });
  expect_one_each("routes.yaml",
                  {{"routes:\n  - { path: /x, upstream: ^[u] }\n", "write upstream: u"}});
  expect_one_each("plugins.yaml", {{"tenants: { localhost: ^{ id: x } }\n", "start each entry"},
                                   {"tenants:\n  ^- localhost\n", "write its keys without"}});
}

TEST(ConfigWords, WholeNumbersFollowJson) {
  const ConfigFolder folder;
  folder.write("settings.yaml",
               "experience_version: 1.4.0\nsession: { idle_minutes: 1e1, max_minutes: 20.0 }\n");
  const LoadResult result = folder.load();
  ASSERT_TRUE(result.ok()) << to_string(result.problems.at(0));
  EXPECT_EQ(result.snapshot->settings.session.idle.count(), 10);
  EXPECT_EQ(result.snapshot->settings.session.max.count(), 20);
}

TEST(ConfigWords, ParserErrorsSayWhatToWrite) {
  expect_one_each(
      "policy.yaml",
      {
          {"rules:\n  - id: ^@a\n", "quote it: \"@a\""},
          {"rules:\n  - { id: a, action: [^*] }\n", "quote it: \"*\""},
          {"rules:\n  - id: ^a: b\n", "quoted: \"a: b\""},
          {"rules:\n  - id^:a\n    effect: deny\n",
           "a key needs a space after its colon; write id: a"},
          {"rules:\n  - id: a\n    effect^:deny\n    action: [x]\n", "write effect: deny"},
          {"rules:\n^\t- id: a\n", "indent with spaces"},
          {"rules:\n  - id: a\n     ^effect: deny\n", "align it with its siblings"},
          {"rules:\n  - id: a\n   ^effect: deny\n", "start it with"},
          {"rules: ^- id: a\n", "a list begins on the line below"},
          {"rules: ^[{ id: a }\nsubjects: []\n", "never closed"},
          {"rules: [{ id: a ^]}\n", "write }"},
          {"rules:\n  - id: ^\"a\n    effect: deny\n", "never closed"},
          {"rules:\n  - id: 'it'^s'\n", "write '' for a quote"},
          {"rules:\n  - id: \"a\" ^b\n", "quote the whole value"},
          {"rules:\n  - id: \"C:^\\path\"\n", "write \\\\ for a backslash"},
          {"rules:\n  - id: ^%a\n", "quote it: \"%a\""},
          {"rules:\n  - id: ^>=1.0\n", "quote it if it is text: \">=1.0\""},
          {"rules:\n  - id: ^!a b\n", "quote the value"},
          {"rules:\n  - id: a\n    ^id: b\n", "at line 2; remove one of the two"},
          {"rules: []\n^---\nrules: []\n", "one file is one document"},
      });
}

}  // namespace
}  // namespace portcullis::bff
