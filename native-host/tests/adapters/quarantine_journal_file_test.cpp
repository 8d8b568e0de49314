// The list on disk: how much each change writes, and the result of a crash at any byte.
#include "adapters/files/quarantine_journal_file.hpp"

#include <gtest/gtest.h>

#include "adapters/files/quarantine_text.hpp"
#include "domain/quarantine.hpp"
#include "manual_clock.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::read_text;
using testing::TempFolder;
using testing::write_text;

class QuarantineJournalFileTest : public ::testing::Test {
 protected:
  static QuarantineEntry entry(int n) {
    QuarantineEntry what;
    what.tenant = "localhost";
    what.plugin_id = "p" + std::to_string(n);
    what.reason = std::string(500, 'x');
    what.since = ManualClock().wall();
    return what;
  }
  std::unique_ptr<Quarantine> open(DurableWriter writer = write_durably) {
    auto opened =
        Quarantine::open(std::make_unique<QuarantineJournalFile>(file, std::move(writer)), clock);
    if (auto* error = std::get_if<std::string>(&opened)) {
      ADD_FAILURE() << *error;
      return nullptr;
    }
    return std::move(std::get<std::unique_ptr<Quarantine>>(opened));
  }
  /// Counts bytes of complete writes.
  DurableWriter counting() {
    return [this](const std::filesystem::path& where, std::string_view text) {
      written += text.size();
      ++wholes;
      return write_durably(where, text);
    };
  }
  std::vector<std::string> ids() {
    std::vector<std::string> out;
    for (const QuarantineEntry& entry : open()->list_all()) out.push_back(entry.plugin_id);
    return out;
  }

  ManualClock clock;
  TempFolder folder;
  const std::filesystem::path file = folder / "quarantine.json";
  const std::filesystem::path journal = folder / "quarantine.journal";
  std::size_t written = 0;
  int wholes = 0;
};

TEST_F(QuarantineJournalFileTest, WritesBytesInProportionToChanges) {
  constexpr int kChanges = 900;
  {
    const auto quarantine = open(counting());
    for (int n = 0; n < kChanges; ++n) ASSERT_TRUE(quarantine->set(entry(n)).durable);
  }
  const std::size_t whole = std::filesystem::file_size(file);
  EXPECT_LT(written, 64 * 1024 * 120 + 12 * whole) << "not " << kChanges << " times the list";
  EXPECT_LT(wholes, 200);
  EXPECT_EQ(ids().size(), static_cast<std::size_t>(kChanges));
}

TEST_F(QuarantineJournalFileTest, ASmallListIsOneFile) {
  const auto quarantine = open();
  for (int n = 0; n < 20; ++n) quarantine->set(entry(n));
  EXPECT_FALSE(std::filesystem::exists(journal));
}

TEST_F(QuarantineJournalFileTest, RestoresTheJournal) {
  {
    const auto quarantine = open();
    for (int n = 0; n < 200; ++n) quarantine->set(entry(n));
    quarantine->clear("localhost", "p7");
    auto again = entry(8);
    again.reason = "again";
    quarantine->set(again);
    ASSERT_TRUE(std::filesystem::exists(journal));
  }
  const auto quarantine = open();
  EXPECT_EQ(quarantine->size(), 199U);
  EXPECT_FALSE(quarantine->blocks("localhost", "p7", ""));
  EXPECT_EQ(quarantine->find("localhost", "p8", "")->reason, "again");
}

TEST_F(QuarantineJournalFileTest, RestoresCompleteLinesOfATruncatedJournal) {
  {
    const auto quarantine = open();
    for (int n = 0; n < 140; ++n) quarantine->set(entry(n));
  }
  const std::string whole = read_text(journal);
  ASSERT_GT(whole.size(), 1000U);
  const std::size_t all = ids().size();
  ASSERT_EQ(all, 140U);
  std::size_t before = 0;
  for (std::size_t size = 0; size <= whole.size(); size += 97) {
    write_text(journal, whole.substr(0, size));
    const std::size_t now = ids().size();
    EXPECT_GE(now, before);
    before = now;
  }
  write_text(journal, whole.substr(0, whole.size() - 1));
  EXPECT_EQ(ids().size(), all - 1) << "an incomplete line was never acknowledged";
}

TEST_F(QuarantineJournalFileTest, IgnoresAnOutdatedJournal) {
  std::string old;
  {
    const auto quarantine = open();
    for (int n = 0; n < 140; ++n) quarantine->set(entry(n));
    quarantine->clear("localhost", "p1");
    old = read_text(journal);
  }
  {
    const auto quarantine = open();
    quarantine->set(entry(1));  // writes the whole list, which the old journal does not continue
  }
  write_text(journal, old);
  EXPECT_TRUE(open()->blocks("localhost", "p1", "")) << "it was lifted before it was set again";
}

TEST_F(QuarantineJournalFileTest, RejectsAnUnknownJournal) {
  {
    const auto quarantine = open();
    for (int n = 0; n < 140; ++n) quarantine->set(entry(n));
  }
  const std::string whole = read_text(journal);
  for (const char* line : {"{}\n", "x\n", "{\"set\":{}}\n", "{\"lifted\":1}\n", "\n"}) {
    write_text(journal, whole + line);
    auto opened = Quarantine::open(std::make_unique<QuarantineJournalFile>(file), clock);
    const auto* error = std::get_if<std::string>(&opened);
    ASSERT_NE(error, nullptr) << line;
    EXPECT_NE(error->find(journal.string()), std::string::npos) << *error;
  }
}

TEST_F(QuarantineJournalFileTest, WritesTheWholeListIfAppendingFails) {
  const auto quarantine = open();
  for (int n = 0; n < 140; ++n) quarantine->set(entry(n));
  std::filesystem::remove(journal);
  std::filesystem::create_directory(journal);
  EXPECT_FALSE(quarantine->set(entry(200)).durable);
  EXPECT_TRUE(quarantine->blocks("localhost", "p200", ""));
  quarantine->sweep();
  EXPECT_TRUE(quarantine->durable());
  std::filesystem::remove(journal);
  EXPECT_TRUE(open()->blocks("localhost", "p200", ""));
}

}  // namespace
}  // namespace portcullis::bff
