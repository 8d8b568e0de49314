// The contract of domain/catalogue.hpp, for every catalogue.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "adapters/memory/memory_catalogue.hpp"
#include "adapters/yaml/yaml_catalogue.hpp"
#include "config_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::brief;
using testing::ConfigFolder;
using testing::Lines;

/// A catalogue whose source a test can change.
struct Source {
  virtual ~Source() = default;
  virtual Catalogue& catalogue() = 0;
  /// Makes the next reload() find a configuration with this tenant.
  virtual void offer(const std::string& tenant) = 0;
  /// Makes the next reload() find nothing servable.
  virtual void spoil() = 0;
};
struct InMemory final : Source {
  InMemory() { offer("localhost"); }
  Catalogue& catalogue() override { return memory; }
  void offer(const std::string& tenant) override {
    auto one = std::make_shared<Tenant>();
    one->id = tenant;
    Snapshot snapshot;
    snapshot.tenants[tenant] = one;
    snapshot.hosts[tenant] = one;
    memory.offer(std::move(snapshot));
  }
  void spoil() override {}  // an offer is served once
  MemoryCatalogue memory;
};
struct InYaml final : Source {
  Catalogue& catalogue() override { return yaml; }
  void offer(const std::string& tenant) override {
    folder.write("plugins.yaml", "tenants:\n  " + tenant + ": []\n");
  }
  void spoil() override { folder.write("plugins.yaml", "tenants:\n  localhost:\n    - id: [\n"); }
  ConfigFolder folder;
  YamlCatalogue yaml{folder.options()};
};

struct Adapter {
  const char* name;
  std::unique_ptr<Source> (*make)();
};

class Catalogues : public ::testing::TestWithParam<Adapter> {
 protected:
  const std::unique_ptr<Source> source = GetParam().make();
  Catalogue& catalogue = source->catalogue();
};
INSTANTIATE_TEST_SUITE_P(
    Of, Catalogues,
    ::testing::Values(Adapter{"Memory", [] { return std::unique_ptr<Source>(new InMemory); }},
                      Adapter{"Yaml", [] { return std::unique_ptr<Source>(new InYaml); }}),
    [](const auto& adapter) { return std::string(adapter.param.name); });

TEST_P(Catalogues, ServeNothingBeforeTheirFirstReload) {
  EXPECT_EQ(catalogue.get(), nullptr);
  EXPECT_EQ(catalogue.generation(), 0U);
  const auto first = catalogue.reload();
  EXPECT_TRUE(first.ok);
  EXPECT_EQ(first.before, nullptr);
  EXPECT_EQ(first.after, catalogue.get());
  EXPECT_EQ(catalogue.get()->generation, 1U);
}

TEST_P(Catalogues, KeepTheLastGoodSnapshot) {
  ASSERT_TRUE(catalogue.reload().ok);
  const auto good = catalogue.get();
  source->spoil();
  const auto refused = catalogue.reload();
  EXPECT_FALSE(refused.ok);
  EXPECT_FALSE(refused.problems.empty());
  EXPECT_EQ(refused.after, good);
  EXPECT_EQ(catalogue.get(), good);
  EXPECT_EQ(catalogue.generation(), 1U);
  source->offer("other.test");
  EXPECT_TRUE(catalogue.reload().ok);
  EXPECT_EQ(catalogue.generation(), 2U);
  EXPECT_EQ(catalogue.get()->generation, 2U);
  EXPECT_NE(catalogue.get()->tenant_of("other.test"), nullptr);
  EXPECT_NE(good->tenant_of("localhost"), nullptr)
      << "a holder of the old snapshot keeps all of it";
}

TEST_P(Catalogues, RefuseWhatTheServersCheckRefuses) {
  catalogue.also_check([](const Settings&, std::vector<ConfigProblem>& problems) {
    ConfigProblem problem;
    problem.message = "not on this machine";
    problems.push_back(std::move(problem));
  });
  const auto refused = catalogue.reload();
  EXPECT_FALSE(refused.ok);
  EXPECT_EQ(refused.problems.back().message, "not on this machine");
  EXPECT_EQ(catalogue.get(), nullptr);
}

TEST_P(Catalogues, AreReadWhileTheyAreReloaded) {
  ASSERT_TRUE(catalogue.reload().ok);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      std::uint64_t last = 0;
      while (!stop) {
        const std::uint64_t seen = catalogue.generation();
        const auto snapshot = catalogue.get();
        if (!snapshot || snapshot->generation < seen || snapshot->generation < last) ++wrong;
        if (snapshot) last = snapshot->generation;
      }
    });
  }
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) {
      source->offer("localhost");
      (void)catalogue.reload();
    }
  });
  other.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(catalogue.generation(), 21U);
}

TEST(YamlCatalogue, SaysWhichLineIsWrong) {
  const ConfigFolder folder;
  YamlCatalogue catalogue(folder.options());
  folder.write("plugins.yaml", "tenants:\n  localhost:\n    - id: [\n");
  EXPECT_EQ(brief(catalogue.reload().problems), Lines{"plugins.yaml:4:1 CONFIG_YAML_SYNTAX"});
}

}  // namespace
}  // namespace portcullis::bff
