#include "app/site_watch.hpp"

#include <gtest/gtest.h>

#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using State = SiteWatch::State;

class SiteWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(root_ / "assets");
    write("index.html", "one");
    write("assets/a.js", "one");
    watch_.served(SiteWatch::mark(root_));
  }
  void write(const std::string& name, const std::string& text) const {
    testing::write_text(root_ / name, text);
  }
  testing::TempFolder folder_;
  std::filesystem::path root_ = folder_ / "dist";
  SiteWatch watch_;
};

TEST_F(SiteWatchTest, ReportsNothingWithoutChanges) {
  EXPECT_EQ(watch_.look(), State::kSame);
  EXPECT_EQ(watch_.look(), State::kSame);
}

TEST_F(SiteWatchTest, WaitsUntilABuildIsComplete) {
  write("assets/b.js", "two");
  EXPECT_EQ(watch_.look(), State::kChanging);
  write("assets/b.js", "two, and more of it");
  EXPECT_EQ(watch_.look(), State::kChanging);
  write("index.html", "two, longer");
  EXPECT_EQ(watch_.look(), State::kChanging);
  EXPECT_EQ(watch_.look(), State::kRested);
  watch_.served(SiteWatch::mark(root_));
  EXPECT_EQ(watch_.look(), State::kSame);
}

TEST_F(SiteWatchTest, DetectsAFolderRemovedAndRestored) {
  std::filesystem::remove_all(root_);
  EXPECT_EQ(watch_.look(), State::kChanging);
  EXPECT_EQ(watch_.look(), State::kRested);
  watch_.served(SiteWatch::mark(root_));
  EXPECT_EQ(watch_.look(), State::kSame) << "it is not retried repeatedly";
  std::filesystem::create_directories(root_);
  write("index.html", "two");
  EXPECT_EQ(watch_.look(), State::kChanging);
  EXPECT_EQ(watch_.look(), State::kRested);
}

TEST_F(SiteWatchTest, DetectsChangesDuringReading) {
  SiteWatch::Mark mark = SiteWatch::mark(root_);
  write("assets/late.js", "two");
  watch_.served(std::move(mark));
  EXPECT_EQ(watch_.look(), State::kChanging);
}

TEST_F(SiteWatchTest, DetectsASwitchedLink) {
  std::filesystem::create_directories(folder_ / "next");
  testing::write_text(folder_ / "next" / "index.html", "two");
  std::filesystem::create_directory_symlink(root_, folder_ / "current");
  watch_.served(SiteWatch::mark(folder_ / "current"));
  EXPECT_EQ(watch_.look(), State::kSame);
  std::filesystem::create_directory_symlink(folder_ / "next", folder_ / "new");
  std::filesystem::rename(folder_ / "new", folder_ / "current");
  EXPECT_EQ(watch_.look(), State::kChanging);
  EXPECT_EQ(watch_.look(), State::kRested);
}

TEST_F(SiteWatchTest, WatchesNothingWithoutAFolder) {
  watch_.served(SiteWatch::mark({}));
  write("index.html", "two, longer");
  EXPECT_EQ(watch_.look(), State::kSame);
}

}  // namespace
}  // namespace portcullis::bff
