#include "adapters/files/bundle_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/sha256.hpp"
#include "config_folder.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

namespace fs = std::filesystem;
using testing::ConfigFolder;

// Both ways of opening must give the same results.
class BundleFilesTest : public ::testing::TestWithParam<bool> {
 protected:
  BundleFilesTest() : store_(folder_.plugins()) { store_.use_fallback_open(GetParam()); }
  Code code(const std::string& relative) { return store_.load(relative).code; }
  std::string text(const std::string& relative) {
    const BundleResult result = store_.load(relative);
    return result.ok() ? *result.bundle->identity() : std::string(name(result.code));
  }

  ConfigFolder folder_;
  BundleFiles store_;
};

INSTANTIATE_TEST_SUITE_P(OpenedBy, BundleFilesTest, ::testing::Bool(),
                         [](const auto& run) { return run.param ? "FallBack" : "Openat2"; });

TEST_P(BundleFilesTest, ServesTheHashedBytes) {
  folder_.bundle("a/1/index.esm.js", "export const a = 1;");
  const BundleResult result = store_.load("a/1/index.esm.js");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result.bundle->identity(), "export const a = 1;");
  EXPECT_EQ(result.bundle->sha256_hex(), sha256_hex("export const a = 1;"));
  EXPECT_EQ(result.bundle->etag(), "\"sha256-" + result.bundle->sha256_hex() + '"');
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_P(BundleFilesTest, StaysBelowItsRoot) {
  ConfigFolder::write_file(folder_.root() / "secret.js", "secret");
  folder_.bundle("inside/real.js", "real");
  fs::create_symlink("../secret.js", folder_.plugins() / "up.js");
  fs::create_symlink(folder_.root() / "secret.js", folder_.plugins() / "absolute.js");
  fs::create_directory_symlink("..", folder_.plugins() / "updir");
  fs::create_symlink("inside/real.js", folder_.plugins() / "link.js");
  fs::create_directory_symlink("inside", folder_.plugins() / "current");
  fs::create_symlink("loop.js", folder_.plugins() / "loop.js");
  EXPECT_EQ(code("up.js"), Code::kBundleOutsideRoot);
  EXPECT_EQ(code("absolute.js"), Code::kBundleOutsideRoot);
  EXPECT_EQ(code("updir/secret.js"), Code::kBundleOutsideRoot);
  EXPECT_EQ(code("../secret.js"), Code::kBundleOutsideRoot);
  EXPECT_EQ(code("/etc/passwd"), Code::kBundleOutsideRoot);
  EXPECT_EQ(code("loop.js"), Code::kBundleOutsideRoot);
  EXPECT_EQ(text("link.js"), "real");
  EXPECT_EQ(text("current/real.js"), "real");
}

TEST_P(BundleFilesTest, IsNotFooledByASiblingWithTheSamePrefix) {
  ConfigFolder::write_file(folder_.root() / "plugins-old" / "a.js", "old");
  fs::create_symlink("../plugins-old/a.js", folder_.plugins() / "a.js");
  EXPECT_EQ(code("a.js"), Code::kBundleOutsideRoot);
}

TEST_P(BundleFilesTest, AcceptsOnlyRegularFiles) {
  fs::create_directories(folder_.plugins() / "dir");
  ASSERT_EQ(::mkfifo((folder_.plugins() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(code("dir"), Code::kBundleNotFound);
  EXPECT_EQ(code("fifo"), Code::kBundleNotFound);  // and does not wait for a writer
  EXPECT_EQ(code("absent.js"), Code::kBundleNotFound);
  EXPECT_EQ(code(""), Code::kBundleNotFound);
  EXPECT_EQ(code(std::string("a\0b", 3)), Code::kBundleNotFound);
}

TEST_P(BundleFilesTest, DetectsAChangedFileAtTheNextLoad) {
  folder_.bundle("a.js", "one");
  EXPECT_EQ(text("a.js"), "one");
  folder_.bundle("a.js", "two");  // same size, possibly the same clock tick
  EXPECT_EQ(text("a.js"), "two");
  folder_.bundle("b.js", "six");
  fs::rename(folder_.plugins() / "b.js", folder_.plugins() / "a.js");
  EXPECT_EQ(text("a.js"), "six");
  fs::remove(folder_.plugins() / "a.js");
  EXPECT_EQ(code("a.js"), Code::kBundleNotFound);
}

TEST_P(BundleFilesTest, DetectsChangesWithinOneClockTick) {
  // In place and of equal size: with tick-granular times, only the age of the change helps.
  for (int i = 0; i < 60; ++i) {
    const std::string now = std::to_string(100 + i);
    folder_.bundle("a.js", now);
    ASSERT_EQ(text("a.js"), now);
  }
}

TEST_P(BundleFilesTest, RejectsLargeFiles) {
  folder_.bundle("a.js", "x");
  fs::resize_file(folder_.plugins() / "a.js", limits::kMaxBundleBytes + 1);
  EXPECT_EQ(code("a.js"), Code::kBodyTooLarge);
}

TEST_P(BundleFilesTest, ServesTheOldRootUntilItIsReopened) {
  folder_.bundle("a.js", "old");
  EXPECT_EQ(text("a.js"), "old");
  fs::rename(folder_.plugins(), folder_.root() / "plugins-before");
  folder_.bundle("a.js", "new");
  EXPECT_EQ(text("a.js"), "old");
  const auto before = store_.reopen_root();
  EXPECT_EQ(text("a.js"), "new");
  store_.restore_root(before);
  EXPECT_EQ(text("a.js"), "old");
}

TEST(BundleFiles, FindsARootCreatedLater) {
  const ConfigFolder folder;
  BundleFiles store(folder.root() / "later");
  EXPECT_EQ(store.load("a.js").code, Code::kBundleNotFound);
  ConfigFolder::write_file(folder.root() / "later" / "a.js", "x");
  EXPECT_TRUE(store.load("a.js").ok());
}

TEST(BundleFiles, SharesEqualContents) {
  const ConfigFolder folder;
  folder.bundle("a.js", "same");
  folder.bundle("b.js", "same");
  BundleFiles store(folder.plugins());
  EXPECT_EQ(store.load("a.js").bundle, store.load("b.js").bundle);
  store.keep_only({"a.js"});
  EXPECT_TRUE(store.load("b.js").ok());
}

TEST(BundleFiles, IsThreadSafeWhileTheFileChanges) {
  const ConfigFolder folder;
  folder.bundle("a.js", std::string(5000, '0'));
  BundleFiles store(folder.plugins());
  std::vector<std::thread> readers;
  std::atomic<int> torn{0};
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const BundleResult result = store.load("a.js");
        if (!result.ok()) continue;
        const std::string& bytes = *result.bundle->identity();
        if (result.bundle->sha256_hex() != sha256_hex(bytes)) ++torn;
        (void)result.bundle->body(Encoding::kGzip);
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    folder.bundle("next", std::string(5000, static_cast<char>('0' + i % 10)));
    fs::rename(folder.plugins() / "next", folder.plugins() / "a.js");
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn, 0);
}

TEST(Content, CompressesOnceAndOnlyWhenItHelps) {
  const Content large(std::string(10'000, 'a'));
  const auto gzip = large.body(Encoding::kGzip);
  const auto brotli = large.body(Encoding::kBrotli);
  ASSERT_TRUE(gzip);
  ASSERT_TRUE(brotli);
  EXPECT_LT(gzip->size(), 200u);
  EXPECT_LT(brotli->size(), 200u);
  EXPECT_EQ(gzip->substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(large.body(Encoding::kGzip), gzip);
  EXPECT_EQ(large.body(Encoding::kIdentity), large.identity());
  const Content tiny("x");
  EXPECT_FALSE(tiny.body(Encoding::kGzip));
  EXPECT_FALSE(tiny.body(Encoding::kBrotli));
}

}  // namespace
}  // namespace portcullis::bff
