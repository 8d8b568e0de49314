#include "adapters/yaml/snapshot_cell.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;

TEST(SnapshotCell, ServesNothingBeforeItsFirstReload) {
  const ConfigFolder folder;
  SnapshotCell cell(folder.options());
  EXPECT_EQ(cell.get(), nullptr);
  EXPECT_EQ(cell.generation(), 0u);
  const auto first = cell.reload();
  EXPECT_TRUE(first.ok);
  EXPECT_EQ(first.before, nullptr);
  EXPECT_EQ(first.after, cell.get());
  EXPECT_EQ(cell.get()->generation, 1u);
}

TEST(SnapshotCell, KeepsTheLastGoodOne) {
  const ConfigFolder folder;
  SnapshotCell cell(folder.options());
  ASSERT_TRUE(cell.reload().ok);
  const auto good = cell.get();
  folder.write("plugins.yaml", "tenants:\n  localhost:\n    - id: [\n");
  const auto refused = cell.reload();
  EXPECT_FALSE(refused.ok);
  EXPECT_EQ(brief(refused.problems), Lines{"plugins.yaml:4:1 CONFIG_YAML_SYNTAX"});
  EXPECT_EQ(cell.get(), good);
  EXPECT_EQ(cell.generation(), 1u);
  folder.write("plugins.yaml", "tenants:\n  other.test: []\n");
  EXPECT_TRUE(cell.reload().ok);
  EXPECT_EQ(cell.generation(), 2u);
  EXPECT_EQ(cell.get()->generation, 2u);
  EXPECT_NE(cell.get()->tenant_of("other.test"), nullptr);
  EXPECT_NE(good->tenant_of("localhost"), nullptr);  // who holds the old one keeps it whole
}

TEST(SnapshotCell, LetsAReaderSeeTheNewOne) {
  const ConfigFolder folder;
  SnapshotCell cell(folder.options());
  SnapshotReader reader(cell);
  EXPECT_EQ(reader.get(), nullptr);
  cell.reload();
  EXPECT_EQ(reader.get(), cell.get());
  cell.install(Snapshot{});
  EXPECT_EQ(reader.get(), cell.get());
  EXPECT_EQ(reader.get()->generation, 2u);
}

TEST(SnapshotCell, IsReadWhileItIsReloaded) {
  const ConfigFolder folder;
  SnapshotCell cell(folder.options());
  ASSERT_TRUE(cell.reload().ok);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      SnapshotReader reader(cell);
      std::uint64_t last = 0;
      while (!stop) {
        const auto& snapshot = reader.get();
        if (!snapshot || snapshot->generation < last || !snapshot->tenant_of("localhost")) ++wrong;
        if (snapshot) last = snapshot->generation;
      }
    });
  }
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) cell.reload();
  });
  for (int i = 0; i < 20; ++i) cell.reload();
  other.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cell.generation(), 41u);
}

}  // namespace
}  // namespace portcullis::bff
