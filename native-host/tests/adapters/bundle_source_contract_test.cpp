// The contract of domain/bundle_source.hpp, for every source of bundles.
#include <gtest/gtest.h>

#include <memory>

#include "adapters/files/bundle_files.hpp"
#include "adapters/memory/memory_bundles.hpp"
#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

struct Held {
  virtual ~Held() = default;
  virtual BundleSource& source() = 0;
  virtual void put(const std::string& relative, const std::string& bytes) = 0;
};
struct HeldInMemory final : Held {
  BundleSource& source() override { return bundles; }
  void put(const std::string& relative, const std::string& bytes) override {
    bundles.put(relative, bytes);
  }
  MemoryBundles bundles;
};
struct HeldInFiles final : Held {
  BundleSource& source() override { return files; }
  void put(const std::string& relative, const std::string& bytes) override {
    folder.bundle(relative, bytes);
  }
  testing::ConfigFolder folder;
  BundleFiles files{folder.plugins()};
};

struct Adapter {
  const char* name;
  std::unique_ptr<Held> (*make)();
};

class BundleSources : public ::testing::TestWithParam<Adapter> {
 protected:
  const std::unique_ptr<Held> held = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(
    Of, BundleSources,
    ::testing::Values(Adapter{"Memory", [] { return std::unique_ptr<Held>(new HeldInMemory); }},
                      Adapter{"Files", [] { return std::unique_ptr<Held>(new HeldInFiles); }}),
    [](const auto& adapter) { return std::string(adapter.param.name); });

TEST_P(BundleSources, GiveBytesWithTheirHash) {
  held->put("a/1/index.esm.js", "export {};\n");
  const BundleResult result = held->source().load("a/1/index.esm.js");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.code, Code::kAllowed);
  EXPECT_EQ(*result.bundle->identity(), "export {};\n");
  EXPECT_EQ(result.bundle->etag(), "\"sha256-" + result.bundle->sha256_hex() + "\"");
}

TEST_P(BundleSources, ShowAChangeInALaterLoadAndNotInAnEarlierResult) {
  held->put("a.js", "one");
  const BundleResult before = held->source().load("a.js");
  held->put("a.js", "two and more");
  const BundleResult after = held->source().load("a.js");
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(*before.bundle->identity(), "one");
  EXPECT_EQ(*after.bundle->identity(), "two and more");
}

TEST_P(BundleSources, SayWhatIsMissingOrTooLarge) {
  EXPECT_EQ(held->source().load("none.js").code, Code::kBundleNotFound);
  held->put("large.js", std::string(limits::kMaxBundleBytes + 1, 'x'));
  EXPECT_EQ(held->source().load("large.js").code, Code::kBodyTooLarge);
}

}  // namespace
}  // namespace portcullis::bff
