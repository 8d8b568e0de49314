// The contract of domain/audit_sink.hpp, for every sink.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <sstream>
#include <thread>

#include "adapters/files/audit_file.hpp"
#include "adapters/memory/memory_audit_sink.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using Lines = std::vector<std::string>;

struct Kept {
  virtual ~Kept() = default;
  virtual AuditSink& sink() = 0;
  /// All kept lines, oldest first.
  virtual Lines lines() = 0;
};
struct KeptInMemory final : Kept {
  AuditSink& sink() override { return memory; }
  Lines lines() override { return memory.lines(); }
  MemoryAuditSink memory;
};
struct KeptInAFile final : Kept {
  KeptInAFile() { EXPECT_TRUE(file.open()); }
  AuditSink& sink() override { return file; }
  Lines lines() override {
    Lines all;
    for (int n = 9; n >= 0; --n) {
      std::filesystem::path path = file.path();
      if (n > 0) path += "." + std::to_string(n);
      if (!std::filesystem::exists(path)) continue;
      std::istringstream in(testing::read_text(path));
      for (std::string line; std::getline(in, line);) all.push_back(line);
    }
    return all;
  }
  testing::TempFolder folder;
  AuditFile file{folder / "audit.log", 1024 * 1024, 0};
};

struct Adapter {
  const char* name;
  std::unique_ptr<Kept> (*make)();
};

class AuditSinksOf : public ::testing::TestWithParam<Adapter> {
 protected:
  const std::unique_ptr<Kept> kept = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(
    Adapters, AuditSinksOf,
    ::testing::Values(Adapter{"Memory", [] { return std::unique_ptr<Kept>(new KeptInMemory); }},
                      Adapter{"File", [] { return std::unique_ptr<Kept>(new KeptInAFile); }}),
    [](const auto& adapter) { return std::string(adapter.param.name); });

TEST_P(AuditSinksOf, KeepWholeLinesInOrder) {
  EXPECT_TRUE(kept->sink().write("one", true));
  EXPECT_TRUE(kept->sink().write("two", false));
  kept->sink().maintain();
  EXPECT_EQ(kept->lines(), (Lines{"one", "two"}));
  EXPECT_EQ(kept->sink().failures(), 0U);
}

TEST_P(AuditSinksOf, KeepAsMuchAsTheRetentionSaysAndTheNewest) {
  kept->sink().set_retention(1000, 2);
  for (int n = 0; n < 1000; ++n) {
    ASSERT_TRUE(kept->sink().write(std::to_string(n) + std::string(50, 'x'), false));
  }
  const Lines lines = kept->lines();
  std::size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size() + 1;
  EXPECT_LE(bytes, 3000U);
  EXPECT_GE(bytes, 1900U);
  EXPECT_EQ(lines.back(), "999" + std::string(50, 'x'));
}

TEST_P(AuditSinksOf, MixNoLinesOfThreads) {
  std::vector<std::thread> threads;
  for (const char c : {'a', 'b', 'c', 'd'}) {
    threads.emplace_back([this, c] {
      for (int i = 0; i < 200; ++i) (void)kept->sink().write(std::string(100, c), false);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Lines lines = kept->lines();
  ASSERT_EQ(lines.size(), 800U);
  for (const std::string& line : lines) EXPECT_EQ(line, std::string(100, line[0]));
}

}  // namespace
}  // namespace portcullis::bff
