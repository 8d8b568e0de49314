#include "domain/plugin.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;
using testing::plugin_entry;

constexpr const char* kFile = "hello/1.0.0/index.esm.js";

const Plugin& hello_of(const LoadResult& result) {
  return *result.snapshot->tenants.at("localhost")->plugins.at("hello");
}

LoadResult load_hello(const ConfigFolder& folder, const std::string& integrity = {}) {
  std::string entry = plugin_entry("hello");
  if (!integrity.empty()) {
    const std::string end = "index.esm.js }";
    entry.replace(entry.find(end), end.size(), "index.esm.js, integrity: \"" + integrity + "\" }");
  }
  folder.write("plugins.yaml", "tenants:\n  localhost:\n" + entry);
  LoadResult result = folder.load();
  EXPECT_TRUE(result.ok()) << (result.problems.empty() ? "" : to_string(result.problems[0]));
  return result;
}

TEST(Plugin, UsesTheFilesHashIfNoneIsDeclared) {
  const ConfigFolder folder;
  folder.bundle(kFile, "one");
  const LoadResult result = load_hello(folder);
  const Plugin& hello = hello_of(result);
  EXPECT_EQ(hello.promised->hex(), sha256_hex("one"));
  EXPECT_EQ(*hello.load_bundle().bundle->identity(), "one");
  const auto manifest = nlohmann::json::parse(hello.manifest_json);
  EXPECT_EQ(manifest["bundle"]["url"],
            "/api/plugins/bundle?entry=hello&id=hello&v=" + sha256_hex("one"));
  EXPECT_EQ(manifest["bundle"]["integrity"], hello.promised->sri());
  EXPECT_EQ(hello.manifest_json.find("/app/plugins"), std::string::npos);
  EXPECT_EQ(hello.manifest_json.find("index.esm.js"), std::string::npos);
}

TEST(Plugin, ServesOnlyTheExpectedBytes) {
  const ConfigFolder folder;
  folder.bundle(kFile, "one");
  const LoadResult result = load_hello(folder);
  folder.bundle(kFile, "two");
  EXPECT_EQ(hello_of(result).load_bundle().code, Code::kIntegrityMismatch);
  folder.bundle(kFile, "one");  // restored: served again without a refresh
  EXPECT_TRUE(hello_of(result).load_bundle().ok());
  folder.bundle(kFile, "two");
  const LoadResult refreshed = load_hello(folder);  // a new snapshot with a new hash
  EXPECT_EQ(*hello_of(refreshed).load_bundle().bundle->identity(), "two");
  EXPECT_EQ(hello_of(result).load_bundle().code, Code::kIntegrityMismatch);
}

TEST(Plugin, KeepsADeclaredHash) {
  const ConfigFolder folder;
  folder.bundle(kFile, "tampered");
  const LoadResult result = load_hello(folder, "sha256:" + sha256_hex("declared"));
  EXPECT_EQ(brief(result.problems), Lines{"plugins.yaml:6:73 INTEGRITY_MISMATCH?"});
  EXPECT_EQ(hello_of(result).load_bundle().code, Code::kIntegrityMismatch);
  EXPECT_NE(hello_of(result).bundle_url.find(sha256_hex("declared")), std::string::npos);
  folder.bundle(kFile, "declared");
  EXPECT_TRUE(hello_of(result).load_bundle().ok());
}

TEST(Plugin, ServesNothingWithoutAHash) {
  const ConfigFolder folder;
  const LoadResult result = load_hello(folder);
  EXPECT_EQ(brief(result.problems), Lines{"plugins.yaml:6:23 BUNDLE_NOT_FOUND?"});
  EXPECT_EQ(hello_of(result).load_bundle().code, Code::kBundleNotFound);
  folder.bundle(kFile, "late");  // not announced by any manifest
  EXPECT_EQ(hello_of(result).load_bundle().code, Code::kBundleNotFound);
  const auto manifest = nlohmann::json::parse(hello_of(result).manifest_json);
  EXPECT_TRUE(manifest["bundle"]["integrity"].is_null());
  EXPECT_EQ(manifest["bundle"]["url"], "/api/plugins/bundle?entry=hello&id=hello");
}

TEST(Plugin, WarnsOfBundlesOutsideTheFolder) {
  const ConfigFolder folder;
  ConfigFolder::write_file(folder.root() / "secret.js", "secret");
  std::filesystem::create_directories(folder.plugins() / "hello/1.0.0");
  std::filesystem::create_symlink(folder.root() / "secret.js", folder.plugins() / kFile);
  const LoadResult result = load_hello(folder);
  EXPECT_EQ(brief(result.problems), Lines{"plugins.yaml:6:23 BUNDLE_OUTSIDE_ROOT?"});
  const LoadResult declared = load_hello(folder, "sha256:" + sha256_hex("secret"));
  EXPECT_EQ(hello_of(declared).load_bundle().code, Code::kBundleOutsideRoot);
}

}  // namespace
}  // namespace portcullis::bff
