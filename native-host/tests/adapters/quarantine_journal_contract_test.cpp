// The contract of domain/quarantine_journal.hpp, for every journal.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "adapters/files/quarantine_journal_file.hpp"
#include "adapters/memory/memory_quarantine_journal.hpp"
#include "base/clock.hpp"
#include "manual_clock.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

QuarantineEntry entry(const std::string& plugin, std::optional<std::string> version = {}) {
  QuarantineEntry what;
  what.tenant = "localhost";
  what.plugin_id = plugin;
  what.version = std::move(version);
  what.reason = "leaks";
  what.actor = "auth:account:lab:operator";
  what.since = ManualClock().wall();
  what.expires_at = what.since + std::chrono::hours(1);
  return what;
}

/// One stored list, and journals opened on it in succession, as by restarts.
struct Stored {
  virtual ~Stored() = default;
  virtual QuarantineJournal& reopen() = 0;
};
struct StoredInMemory final : Stored {
  QuarantineJournal& reopen() override { return journal; }
  MemoryQuarantineJournal journal;
};
struct StoredInAFile final : Stored {
  QuarantineJournal& reopen() override {
    journal = std::make_unique<QuarantineJournalFile>(folder / "quarantine.json");
    return *journal;
  }
  testing::TempFolder folder;
  std::unique_ptr<QuarantineJournalFile> journal;
};

struct Adapter {
  const char* name;
  std::unique_ptr<Stored> (*make)();
};

class QuarantineJournals : public ::testing::TestWithParam<Adapter> {
 protected:
  /// Records a step together with the resulting list.
  static std::string record(QuarantineJournal& journal, bool set, const QuarantineEntry& what,
                            std::vector<QuarantineEntry> all) {
    return journal.record({{set, what}}, [&] { return all; });
  }
  static std::vector<QuarantineEntry> load(QuarantineJournal& journal) {
    auto loaded = journal.load();
    EXPECT_TRUE(std::holds_alternative<std::vector<QuarantineEntry>>(loaded));
    return std::get<std::vector<QuarantineEntry>>(std::move(loaded));
  }
  const std::unique_ptr<Stored> stored = GetParam().make();
};
INSTANTIATE_TEST_SUITE_P(
    Of, QuarantineJournals,
    ::testing::Values(Adapter{"Memory", [] { return std::unique_ptr<Stored>(new StoredInMemory); }},
                      Adapter{"File", [] { return std::unique_ptr<Stored>(new StoredInAFile); }}),
    [](const auto& adapter) { return std::string(adapter.param.name); });

TEST_P(QuarantineJournals, AreEmptyAtFirst) { EXPECT_TRUE(load(stored->reopen()).empty()); }

TEST_P(QuarantineJournals, KeepEveryFieldOfAnEntry) {
  QuarantineJournal& journal = stored->reopen();
  (void)load(journal);
  const QuarantineEntry one = entry("hello", "1.0.0");
  EXPECT_EQ(record(journal, true, one, {one}), "");
  const auto kept = load(stored->reopen());
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(same_entry(kept[0], one));
  EXPECT_EQ(kept[0].reason, one.reason);
  EXPECT_EQ(kept[0].actor, one.actor);
  EXPECT_EQ(kept[0].since, one.since);
  EXPECT_EQ(kept[0].expires_at, one.expires_at);
}

TEST_P(QuarantineJournals, KeepTheListThatTheStepsLeadTo) {
  QuarantineJournal& journal = stored->reopen();
  (void)load(journal);
  std::vector<QuarantineEntry> all;
  for (int n = 0; n < 300; ++n) {
    all.push_back(entry("p" + std::to_string(n)));
    ASSERT_EQ(record(journal, true, all.back(), all), "");
    if (n % 3 != 2) continue;
    const QuarantineEntry gone = all[static_cast<std::size_t>(n) / 3];
    all.erase(all.begin() + n / 3);
    ASSERT_EQ(record(journal, false, gone, all), "");
  }
  EXPECT_EQ(load(stored->reopen()).size(), all.size());
  // Recording continues from there.
  QuarantineJournal& later = stored->reopen();
  (void)load(later);
  all.push_back(entry("late"));
  ASSERT_EQ(record(later, true, all.back(), all), "");
  const auto kept = load(stored->reopen());
  EXPECT_EQ(kept.size(), all.size());
  for (const QuarantineEntry& each : all) {
    EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [&](const QuarantineEntry& other) {
      return same_entry(each, other);
    })) << each.plugin_id;
  }
}

}  // namespace
}  // namespace portcullis::bff
