// Plugin signatures configured in settings.yaml and plugins.yaml: which are trusted and served, and
// what a load reports about the others.
#include <gtest/gtest.h>

#include "base/sha256.hpp"
#include "config_folder.hpp"
#include "manual_clock.hpp"
#include "portcullis/manifest.hpp"
#include "signing_key.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::Marked;
using testing::plugin_entry;
using testing::SigningKey;

constexpr const char* kBundle = "hello/1.0.0/index.esm.js";
constexpr const char* kManifestPlace = "hello/1.0.0/manifest";

class SigningConfig : public ::testing::Test {
 protected:
  SigningConfig() {
    folder_.write("release.pub", key_.pem());
    folder_.write("next.pub", next_.pem());
    folder_.bundle(kBundle, "one");
    settings("signing: { required: true, keys: [ { file: release.pub } ] }\n");
    plugin(plugin_entry("hello"));
  }

  void settings(const std::string& more) const {
    folder_.write("settings.yaml", "experience_version: \"1.4.0\"\n" + more);
  }
  void plugin(const std::string& entry) const {
    folder_.write("plugins.yaml", "tenants:\n  localhost:\n" + entry);
  }
  LoadResult load() const {
    LoadOptions options = folder_.options();
    options.clock = &clock_;
    options.on_loopback = on_loopback_;
    return load_config(options);
  }
  /// The text to sign for the entry in its current form, with this bundle.
  std::string statement(const std::string& bundle = "one") const {
    const LoadResult result = load();
    EXPECT_TRUE(result.ok());
    const Plugin& hello = *result.snapshot->tenants.at("localhost")->find("hello");
    return signing_statement(hello.manifest, Integrity{sha256(bundle)});
  }
  void sign(const SigningKey& key) const {
    folder_.bundle(std::string(kBundle) + ".sig", key.sign("one"));
    folder_.bundle(std::string(kManifestPlace) + ".sig", key.sign(statement()));
  }
  static Code refusal(const LoadResult& result) {
    EXPECT_TRUE(result.ok()) << (result.problems.empty() ? "" : to_string(result.problems[0]));
    return result.ok() ? result.snapshot->tenants.at("localhost")
                             ->find("hello")
                             ->admission_facts()
                             .why_untrusted()
                       : Code::kInternal;
  }
  Code refusal() const { return refusal(load()); }
  /// For settings.yaml, where '^' marks the position of the one error; warnings are ignored.
  void expect_error(const std::string& marked, std::string_view code) const {
    const Marked at("experience_version: \"1.4.0\"\n" + marked);
    folder_.write("settings.yaml", at.text);
    const LoadResult result = load();
    EXPECT_FALSE(result.ok()) << marked;
    Lines errors = brief(result.problems);
    std::erase_if(errors, [](const std::string& line) { return line.ends_with("?"); });
    EXPECT_EQ(errors, at.expect("settings.yaml", code)) << marked;
  }

  ConfigFolder folder_;
  SigningKey key_;
  SigningKey next_;
  ManualClock clock_;  // 2030-01-01T00:00:00Z
  bool on_loopback_ = true;
};

TEST_F(SigningConfig, ServesPluginsSignedByATrustedKey) {
  sign(key_);
  const LoadResult result = load();
  EXPECT_EQ(brief(result.problems), Lines{});
  EXPECT_EQ(refusal(result), Code::kAllowed);
  EXPECT_TRUE(result.snapshot->tenants.at("localhost")->signatures_required);
}

TEST_F(SigningConfig, RejectsUnsignedPlugins) {
  const LoadResult result = load();
  EXPECT_EQ(refusal(result), Code::kBundleSignatureMissing);
  EXPECT_EQ(brief(result.problems), (Lines{"plugins.yaml:3:7 MANIFEST_SIGNATURE_MISSING?",
                                           "plugins.yaml:6:23 BUNDLE_SIGNATURE_MISSING?"}));
  folder_.bundle(std::string(kBundle) + ".sig", key_.sign("one"));
  EXPECT_EQ(refusal(), Code::kManifestSignatureMissing) << "a bundle's alone is not enough";
}

TEST_F(SigningConfig, ServesTheOtherPlugins) {
  folder_.bundle("other/1.0.0/index.esm.js", "two");
  sign(key_);
  plugin(plugin_entry("other") + plugin_entry("hello"));
  const LoadResult result = load();
  EXPECT_EQ(refusal(result), Code::kAllowed);
  EXPECT_EQ(
      result.snapshot->tenants.at("localhost")->find("other")->admission_facts().why_untrusted(),
      Code::kBundleSignatureMissing);
}

TEST_F(SigningConfig, AChangedBundleOrManifestNeedsANewSignature) {
  sign(key_);
  folder_.bundle(kBundle, "two");
  EXPECT_EQ(refusal(), Code::kBundleSignatureInvalid);
  folder_.bundle(std::string(kBundle) + ".sig", key_.sign("two"));
  EXPECT_EQ(refusal(), Code::kManifestSignatureInvalid) << "the signature covers another bundle";
  folder_.bundle(kBundle, "one");
  folder_.bundle(std::string(kBundle) + ".sig", key_.sign("one"));
  ASSERT_EQ(refusal(), Code::kAllowed);
  std::string wider = plugin_entry("hello");
  wider.replace(wider.find("/api/hello/*"), 12, "/api/admin/*");
  plugin(wider);
  EXPECT_EQ(refusal(), Code::kManifestSignatureInvalid);
}

TEST_F(SigningConfig, ExplainsDifferencesFromTheSignedStatement) {
  const std::string plain = plugin_entry("hello");
  const std::string rich = plugin_entry("hello", "      displayName: Hello\n");
  plugin(rich);
  sign(key_);
  plugin(plain);
  const auto said = [this] {
    const LoadResult result = load();
    EXPECT_EQ(refusal(result), Code::kManifestSignatureInvalid);
    return result.problems.size() == 1 ? result.problems[0].message : "";
  };
  EXPECT_NE(said().find("put hello/1.0.0/manifest.statement"), std::string::npos) << said();
  plugin(rich);
  const std::string was = statement();
  plugin(plain);
  folder_.bundle(std::string(kManifestPlace) + ".statement", was);
  EXPECT_NE(said().find("\"/displayName\" is \"Hello\" in what was signed, and absent here"),
            std::string::npos)
      << said();
  // A statement that no trusted key signed is not compared.
  folder_.bundle(std::string(kManifestPlace) + ".statement", was + " ");
  EXPECT_NE(said().find("nor does it match"), std::string::npos) << said();
  EXPECT_EQ(said().find("displayName"), std::string::npos);
  folder_.bundle(std::string(kManifestPlace) + ".statement", was);
  std::string wider = rich;
  wider.replace(wider.find("/api/hello/*"), 12, "/api/admin/*");
  plugin(wider);
  EXPECT_NE(said().find("\"/permissions/api/0/path\" is \"/api/hello/*\" in what was signed, and "
                        "\"/api/admin/*\" here"),
            std::string::npos)
      << said();
  folder_.bundle(kBundle, "two");
  folder_.bundle(std::string(kBundle) + ".sig", key_.sign("two"));
  plugin(rich);
  EXPECT_NE(said().find("it was signed with the bundle sha256:"), std::string::npos) << said();
}

TEST_F(SigningConfig, ServerKeysAreNotSigned) {
  sign(key_);
  plugin(plugin_entry("hello", "      rate: { per_second: 5 }\n      displayName: \"\"\n"));
  EXPECT_EQ(refusal(), Code::kAllowed);
}

TEST_F(SigningConfig, AcceptsSignaturesInTheEntryOrInAFile) {
  const auto entry = [](const std::string& bundle, const std::string& manifest) {
    return plugin_entry("hello", "      signatures: { bundle: \"" + bundle + "\", manifest: \"" +
                                     manifest + "\" }\n");
  };
  const std::string signed_text = key_.sign(statement());
  plugin(entry(key_.sign("one"), signed_text));
  EXPECT_EQ(refusal(), Code::kAllowed);
  folder_.bundle("signatures/hello", key_.sign("one"));
  plugin(entry("/app/plugins/signatures/hello", signed_text));
  EXPECT_EQ(refusal(), Code::kAllowed);
  plugin(entry("/app/plugins/signatures/gone", signed_text));
  EXPECT_EQ(refusal(), Code::kBundleSignatureMissing);
  plugin(entry("/app/plugins/../secret", signed_text));
  EXPECT_FALSE(load().ok());
  plugin(entry("/etc/passwd", signed_text));
  EXPECT_EQ(brief(load().problems).at(0), "plugins.yaml:9:29 BUNDLE_OUTSIDE_ROOT");
}

TEST_F(SigningConfig, KeysCanOverlapDuringRotation) {
  sign(next_);
  EXPECT_EQ(refusal(), Code::kBundleSignatureInvalid);
  settings(
      "signing: { required: true, keys: [ { file: release.pub, not_after: 2030-02-01 }, "
      "{ file: next.pub, not_before: \"2029-12-01T00:00:00Z\" } ] }\n");
  EXPECT_EQ(refusal(), Code::kAllowed);
  sign(key_);
  EXPECT_EQ(refusal(), Code::kAllowed);
  clock_.advance(std::chrono::hours(24 * 31));
  const LoadResult late = load();
  EXPECT_EQ(refusal(late), Code::kSigningKeyExpired);
  EXPECT_NE(late.problems.at(0).message.find("2030-02-01T00:00:00.000Z"), std::string::npos);
  sign(next_);
  EXPECT_EQ(refusal(), Code::kAllowed);
  clock_.jump_wall(-std::chrono::hours(24 * 90));
  EXPECT_EQ(refusal(), Code::kSigningKeyNotYetValid);
}

TEST_F(SigningConfig, ARevokedKeySignsNothing) {
  sign(key_);
  settings("signing: { required: true, keys: [ { file: release.pub, revoked: true } ] }\n");
  EXPECT_EQ(refusal(), Code::kSigningKeyRevoked);
  settings("signing: { required: true, keys: [ { file: release.pub } ], revoked: [ " + key_.id() +
           " ] }\n");
  EXPECT_EQ(refusal(), Code::kSigningKeyRevoked);
  settings("signing: { revoked: [ " + key_.id() + " ] }\ntenants: { localhost: { signing: { " +
           "required: true, keys: [ { file: release.pub } ] } } }\n");
  EXPECT_EQ(refusal(), Code::kSigningKeyRevoked) << "regardless of who lists it";
  const std::string other(64, 'a');
  settings("signing: { required: true, keys: [ { file: release.pub } ], revoked: [ " + other +
           " ] }\n");
  EXPECT_EQ(brief(load().problems), Lines{"settings.yaml:2:10 CONFIG_DANGLING?"});
}

TEST_F(SigningConfig, TenantsHaveTheirOwnRequirementAndKeys) {
  sign(next_);
  settings(
      "signing: { required: true, keys: [ { file: release.pub } ] }\n"
      "tenants: { localhost: { signing: { keys: [ { file: next.pub } ] } } }\n");
  EXPECT_EQ(refusal(), Code::kAllowed) << "its keys replace the general ones";
  settings(
      "signing: { required: true, keys: [ { file: release.pub } ] }\n"
      "tenants: { localhost: { signing: { required: false } } }\n");
  const LoadResult lax = load();
  EXPECT_EQ(refusal(lax), Code::kAllowed);
  EXPECT_EQ(lax.problems.size(), 2U) << "a wrong signature is reported anyway";
  EXPECT_NE(lax.problems.at(0).message.find("it is still served"), std::string::npos);
}

TEST_F(SigningConfig, WithoutABundleThereIsNothingToTrust) {
  sign(key_);
  std::filesystem::remove(folder_.plugins() / kBundle);
  EXPECT_EQ(refusal(), Code::kBundleSignatureMissing);
}

TEST_F(SigningConfig, ChecksTheDeclaredHash) {
  sign(key_);
  std::string entry = plugin_entry("hello");
  const std::string end = "index.esm.js }";
  entry.replace(entry.find(end), end.size(),
                "index.esm.js, integrity: \"sha256:" + sha256_hex("two") + "\" }");
  plugin(entry);
  EXPECT_EQ(refusal(), Code::kBundleSignatureInvalid);
}

TEST_F(SigningConfig, InvalidKeysAreErrorsAtTheirPosition) {
  folder_.write("p384.pub", SigningKey("P-384").pem());
  folder_.write("private.pem", key_.private_pem());
  const auto key = [](const std::string& text) {
    return "signing: { required: true, keys: [ { " + text + " } ] }\n";
  };
  expect_error(key("file: ^gone.pub"), "SIGNING_KEY_INVALID");
  expect_error(key("file: ^p384.pub"), "SIGNING_KEY_INVALID");
  expect_error(key("file: ^private.pem"), "SIGNING_KEY_INVALID");
  expect_error(key("file: ^."), "SIGNING_KEY_INVALID");
  expect_error(key("file: release.pub, id: ^" + next_.id()), "SIGNING_KEY_INVALID");
  expect_error(key("file: release.pub, id: ^ABC"), "CONFIG_BAD_VALUE");
  expect_error(key("file: release.pub, not_after: ^tomorrow"), "CONFIG_BAD_VALUE");
  expect_error(key("file: release.pub, not_before: 2030-01-02, not_after: ^2030-01-02"),
               "CONFIG_BAD_VALUE");
  expect_error(
      "signing: { required: true, keys: [ { file: release.pub }, { file: ^release.pub } ] "
      "}\n",
      "CONFIG_DUPLICATE");
  expect_error("signing: { required: ^true }\n", "CONFIG_REQUIRED");
}

TEST_F(SigningConfig, DevelopmentModeIsForThisMachineOnly) {
  settings("signing: { required: true }\ndev: { unsigned: true }\n");
  const LoadResult local = load();
  EXPECT_EQ(brief(local.problems), Lines{});
  EXPECT_EQ(refusal(local), Code::kAllowed);
  EXPECT_FALSE(local.snapshot->tenants.at("localhost")->signatures_required);

  on_loopback_ = false;
  expect_error("dev: { unsigned: ^true }\n", "DEV_MODE_NOT_LOCAL");
  on_loopback_ = true;
  folder_.write("plugins.yaml", "tenants: { a.localhost: [], 127.0.0.1: [] }\n");
  settings("dev: { unsigned: true }\n");
  EXPECT_EQ(brief(load().problems), Lines{});
  folder_.write("plugins.yaml", "tenants: { localhost: [], notlocalhost: [] }\n");
  expect_error("dev: { unsigned: ^true }\n", "DEV_MODE_NOT_LOCAL");
  folder_.write("plugins.yaml", "tenants: { localhost: [] }\n");
  expect_error("tenants: { localhost: { aliases: [ lab.example ] } }\ndev: { unsigned: ^true }\n",
               "DEV_MODE_NOT_LOCAL");
}

}  // namespace
}  // namespace portcullis::bff
