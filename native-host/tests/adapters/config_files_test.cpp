#include "adapters/yaml/config_files.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;

/// Two versions of a folder and a link to one of them, as a ConfigMap is mounted.
class TwoVersions : public ::testing::Test {
 protected:
  TwoVersions() {
    for (const char* version : {"one", "two"}) {
      for (const char* file : {"settings.yaml", "plugins.yaml", "theme.yaml"}) {
        ConfigFolder::write_file(folder_.root() / version / file, version);
      }
    }
    lead_to("one");
  }
  void lead_to(const char* version) const {
    const auto next = folder_.root() / "next";
    std::filesystem::create_symlink(version, next);
    std::filesystem::rename(next, folder_.root() / "current");
  }
  /// A stable folder whose files are links through the switched one.
  std::filesystem::path mounted() const {
    const auto config = folder_.root() / "mounted";
    std::filesystem::create_directory(config);
    for (const char* file : {"settings.yaml", "plugins.yaml", "theme.yaml"}) {
      std::filesystem::create_symlink("../current/" + std::string(file), config / file);
    }
    return config;
  }
  /// The version of all texts, or "mixed".
  static std::string version_of(const ConfigTexts& texts) {
    for (const auto& [name, text] : texts) {
      if (text != texts.begin()->second) return "mixed";
    }
    return texts.size() == 3 ? texts.begin()->second : "not all";
  }
  ConfigFolder folder_;
  std::vector<ConfigProblem> problems_;
};

TEST(ConfigFiles, AreReadAgainIfOneChanges) {
  const ConfigFolder folder;
  std::vector<ConfigProblem> problems;
  int readings = 0;
  const auto texts = read_config_files(folder.config(), problems, [&] {
    if (++readings == 1) folder.write("routes.yaml", "routes: []\n");
  });
  ASSERT_TRUE(texts);
  EXPECT_EQ(readings, 2);
  EXPECT_TRUE(texts->contains("routes.yaml"));
}

TEST(ConfigFiles, AreRejectedIfTheyKeepChanging) {
  const ConfigFolder folder;
  std::vector<ConfigProblem> problems;
  int readings = 0;
  const auto texts = read_config_files(folder.config(), problems, [&] {
    folder.write("routes.yaml", std::string(static_cast<std::size_t>(++readings), '#'));
  });
  EXPECT_FALSE(texts);
  EXPECT_EQ(brief(problems), Lines{".:0:0 CONFIG_FILE_BUSY"});
}

TEST(ConfigFiles, WaitForRecentWrites) {
  // Another text of the same length within one tick of the file system's clock is undetectable, so
  // the file must be older than a tick.
  const ConfigFolder folder;
  std::vector<ConfigProblem> problems;
  folder.write("theme.yaml", "a");
  const auto written = std::chrono::steady_clock::now();
  ASSERT_TRUE(read_config_files(folder.config(), problems));
  EXPECT_GE(std::chrono::steady_clock::now() - written, std::chrono::milliseconds(20));
}

TEST_F(TwoVersions, ASwitchedFolderIsReadConsistently) {
  int readings = 0;
  const auto texts = read_config_files(folder_.root() / "current", problems_, [&] {
    ++readings;
    lead_to("two");
  });
  ASSERT_TRUE(texts);
  EXPECT_EQ(version_of(*texts), "one") << "the folder that was opened";
  EXPECT_EQ(readings, 1);
  EXPECT_EQ(version_of(read_config_files(folder_.root() / "current", problems_).value()), "two");
}

TEST_F(TwoVersions, FilesBehindASwitchedLinkAreNeverMixed) {
  // config/x.yaml -> ../current/x.yaml: the folder is stable, the link in between is switched.
  const auto config = mounted();
  int readings = 0;
  const auto texts = read_config_files(config, problems_, [&] {
    if (++readings == 1) lead_to("two");
  });
  ASSERT_TRUE(texts);
  EXPECT_EQ(version_of(*texts), "two");
  EXPECT_EQ(readings, 2);
}

TEST_F(TwoVersions, ASwitchThereAndBackIsDetected) {
  // The other version is read in the meantime, although all names resolve as before.
  const auto config = mounted();
  int readings = 0;
  const auto texts = read_config_files(config, problems_, [&] {
    if (++readings > 1) return;
    lead_to("two");
    lead_to("one");
  });
  ASSERT_TRUE(texts);
  EXPECT_EQ(version_of(*texts), "one");
  EXPECT_EQ(readings, 2) << "the links differ from before";
}

TEST_F(TwoVersions, RepeatedSwitchesAreNeverMixed) {
  const auto config = mounted();
  std::atomic<bool> done{false};
  std::thread writer([&] {
    while (!done) {
      lead_to("two");
      lead_to("one");
    }
  });
  for (int i = 0; i < 3; ++i) {
    problems_.clear();
    const auto texts = read_config_files(config, problems_);
    if (texts) {
      EXPECT_NE(version_of(*texts), "mixed");
    } else {
      EXPECT_EQ(brief(problems_), Lines{".:0:0 CONFIG_FILE_BUSY"});
    }
  }
  done = true;
  writer.join();
  const auto texts = read_config_files(config, problems_);
  ASSERT_TRUE(texts) << "never became stable";
  EXPECT_EQ(version_of(*texts), "one");
}

}  // namespace
}  // namespace portcullis::bff
