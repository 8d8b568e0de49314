#include "domain/quarantine.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "adapters/files/quarantine_journal_file.hpp"
#include "adapters/files/quarantine_text.hpp"
#include "manual_clock.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::read_text;
using testing::TempFolder;
using testing::write_text;

QuarantineEntry entry(const std::string& plugin, std::optional<std::string> version = {},
                      const std::string& tenant = "localhost") {
  QuarantineEntry what;
  what.tenant = tenant;
  what.plugin_id = plugin;
  what.version = std::move(version);
  what.reason = "leaks";
  what.actor = "auth:account:lab:operator";
  return what;
}

class QuarantineTest : public ::testing::Test {
 protected:
  std::unique_ptr<Quarantine> open(DurableWriter writer = write_durably) {
    auto opened =
        Quarantine::open(std::make_unique<QuarantineJournalFile>(file, std::move(writer)), clock);
    if (auto* error = std::get_if<std::string>(&opened)) {
      ADD_FAILURE() << *error;
      return nullptr;
    }
    return std::move(std::get<std::unique_ptr<Quarantine>>(opened));
  }
  std::string open_error() {
    auto opened = Quarantine::open(std::make_unique<QuarantineJournalFile>(file), clock);
    auto* error = std::get_if<std::string>(&opened);
    return error == nullptr ? "" : *error;
  }

  ManualClock clock;
  TempFolder folder;
  const std::filesystem::path file = folder / "quarantine.json";
};

TEST_F(QuarantineTest, CoversTheTenantAndPluginItNames) {
  const auto quarantine = open();
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0"));
  const auto result = quarantine->set(entry("hello"));
  EXPECT_TRUE(result.changed);
  EXPECT_TRUE(result.durable) << result.error;
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", ""));
  EXPECT_FALSE(quarantine->blocks("localhost", "hello-page", "1.0.0"));
  EXPECT_FALSE(quarantine->blocks("acme.localhost", "hello", "1.0.0"));
  const auto found = quarantine->find("localhost", "hello", "2.0.0");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reason, "leaks");
  EXPECT_EQ(found->since, clock.wall());
}

TEST_F(QuarantineTest, OfOneVersionDoesNotBlockOthers) {
  const auto quarantine = open();
  quarantine->set(entry("hello", "1.0.0"));
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.1"));
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", ""));
}

TEST_F(QuarantineTest, IsLiftedByVersionOrCompletely) {
  const auto quarantine = open();
  quarantine->set(entry("hello"));
  quarantine->set(entry("hello", "1.0.0"));
  EXPECT_FALSE(quarantine->clear("localhost", "hello", "9.9.9").changed);
  EXPECT_TRUE(quarantine->clear("localhost", "hello", "1.0.0").changed);
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  quarantine->set(entry("hello", "1.0.0"));
  EXPECT_TRUE(quarantine->clear("localhost", "hello").changed);
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_EQ(quarantine->size(), 0U);
  EXPECT_FALSE(quarantine->clear("localhost", "hello").changed);
}

TEST_F(QuarantineTest, SurvivesARestart) {
  {
    const auto quarantine = open();
    auto timed = entry("timed");
    timed.expires_at = clock.wall() + 1h;
    quarantine->set(timed);
    quarantine->set(entry("hello", "1.0.0"));
    quarantine->set(entry("hello", std::nullopt, "acme.localhost"));
    quarantine->set(entry("gone"));
    quarantine->clear("localhost", "gone");
  }
  const auto quarantine = open();
  const auto all = quarantine->list_all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].tenant, "acme.localhost");
  EXPECT_FALSE(all[0].version);
  EXPECT_EQ(all[1].plugin_id, "hello");
  EXPECT_EQ(all[1].version, "1.0.0");
  EXPECT_EQ(all[1].actor, "auth:account:lab:operator");
  EXPECT_EQ(all[1].since, clock.wall());
  EXPECT_EQ(all[2].expires_at, clock.wall() + 1h);
  EXPECT_EQ(quarantine->list("localhost").size(), 2U);
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(QuarantineTest, RejectsAnUnknownFile) {
  for (const char* text :
       {"", "{", "[]", "{}", "null", R"({"format":2,"entries":[]})", R"({"format":1})",
        R"({"format":1,"entries":{}})", R"({"format":1,"entries":[1]})",
        R"({"format":1,"entries":[{"tenant":"t","since":"2030-01-01T00:00:00Z"}]})",
        R"({"format":1,"entries":[{"tenant":"t","plugin_id":"p"}]})",
        R"({"format":1,"entries":[{"tenant":"t","plugin_id":"p","since":"yesterday"}]})",
        R"({"format":1,"entries":[{"tenant":"t","plugin_id":"p","since":"2030-01-01T00:00:00Z",)"
        R"("expires_at":"soon"}]})",
        R"({"format":1,"entries":[{"tenant":"t","plugin_id":"p","since":"2030-01-01T00:00:00Z",)"
        R"("version":1}]})"}) {
    write_text(file, text);
    const std::string error = open_error();
    EXPECT_NE(error.find(file.string()), std::string::npos) << text << " -> " << error;
    EXPECT_EQ(read_text(file), text) << "the damaged file must be left for repair";
  }
}

TEST_F(QuarantineTest, RejectsAnUnreadableFile) {
  std::filesystem::create_directory(file);
  EXPECT_NE(open_error(), "");
}

TEST_F(QuarantineTest, IsInForceIfTheDiskFails) {
  bool full = true;
  const auto quarantine = open([&](const std::filesystem::path& where, std::string_view text) {
    return full ? std::string("No space left on device") : write_durably(where, text);
  });
  const auto result = quarantine->set(entry("hello"));
  EXPECT_TRUE(result.changed);
  EXPECT_FALSE(result.durable);
  EXPECT_EQ(result.error, "No space left on device");
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_FALSE(quarantine->durable());
  quarantine->sweep();
  EXPECT_FALSE(quarantine->durable());
  full = false;
  quarantine->sweep();
  EXPECT_TRUE(quarantine->durable());
  EXPECT_TRUE(open()->blocks("localhost", "hello", "1.0.0"));
}

TEST_F(QuarantineTest, AFailedWriteKeepsTheOldFile) {
  {
    const auto quarantine = open();
    quarantine->set(entry("hello"));
  }
  const std::string before = read_text(file);
  // A folder with the temporary file's name prevents its creation.
  std::filesystem::create_directory(folder / "quarantine.json.tmp");
  const auto quarantine = open();
  const auto result = quarantine->set(entry("other"));
  EXPECT_FALSE(result.durable);
  EXPECT_NE(result.error.find("quarantine.json.tmp"), std::string::npos) << result.error;
  EXPECT_EQ(read_text(file), before);
}

TEST_F(QuarantineTest, IsNotWrittenThroughALink) {
  write_text(folder / "victim", "precious");
  std::filesystem::create_symlink(folder / "victim", folder / "quarantine.json.tmp");
  const auto quarantine = open();
  EXPECT_FALSE(quarantine->set(entry("hello")).durable);
  EXPECT_EQ(read_text(folder / "victim"), "precious");
}

TEST_F(QuarantineTest, EndsWhenItExpires) {
  const auto quarantine = open();
  std::vector<QuarantineChange> changes;
  quarantine->on_change([&](const QuarantineChange& change) { changes.push_back(change); });
  auto timed = entry("hello");
  timed.expires_at = clock.wall() + 1h;
  quarantine->set(timed);
  clock.advance(1h - 1ms);
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_EQ(quarantine->sweep(), 0U);
  clock.advance(1ms);
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0")) << "without waiting for sweep()";
  EXPECT_TRUE(quarantine->list("localhost").empty());
  EXPECT_EQ(quarantine->sweep(), 1U);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].kind, QuarantineChange::kExpired);
  EXPECT_FALSE(changes[1].still_blocked);
  EXPECT_TRUE(open()->list_all().empty());
}

TEST_F(QuarantineTest, NotifiesListenersBeforeWaitingForTheDisk) {
  std::vector<std::string> order;
  const auto quarantine = open([&](const std::filesystem::path&, std::string_view) {
    order.push_back("disk");
    return std::string();
  });
  quarantine->on_change([&](const QuarantineChange& change) {
    order.push_back(change.kind == QuarantineChange::kSet ? "set" : "lifted");
    // Already in force, and readable without deadlock.
    EXPECT_EQ(quarantine->blocks("localhost", "hello", "1.0.0"),
              change.kind == QuarantineChange::kSet);
  });
  quarantine->set(entry("hello"));
  quarantine->clear("localhost", "hello");
  EXPECT_EQ(order, (std::vector<std::string>{"set", "disk", "lifted", "disk"}));
}

TEST_F(QuarantineTest, LiftingOneOfTwoReportsWhatIsStillBlocked) {
  const auto quarantine = open();
  std::vector<bool> still;
  quarantine->set(entry("hello"));
  quarantine->set(entry("hello", "1.0.0"));
  quarantine->on_change([&](const QuarantineChange& c) { still.push_back(c.still_blocked); });
  quarantine->clear("localhost", "hello", "1.0.0");
  quarantine->clear("localhost", "hello");
  EXPECT_EQ(still, (std::vector<bool>{true, false}));
}

TEST_F(QuarantineTest, SettingItAgainReplacesReasonAndExpiry) {
  const auto quarantine = open();
  auto timed = entry("hello");
  timed.expires_at = clock.wall() + 1h;
  quarantine->set(timed);
  auto again = entry("hello");
  again.reason = "still leaks";
  quarantine->set(again);
  const auto all = quarantine->list_all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].reason, "still leaks");
  EXPECT_FALSE(all[0].expires_at);
}

TEST_F(QuarantineTest, LimitsTextsAndKeepsTheFileReadable) {
  const auto quarantine = open();
  auto hostile = entry("hello");
  hostile.reason = "\"\n\x01\xff" + std::string(5000, 'x') + "\xc3\xa4";
  hostile.actor = std::string(1023, 'a') + "\xc3\xa4";  // the limit falls inside a character
  ASSERT_TRUE(quarantine->set(hostile).durable);
  const auto all = open()->list_all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_LE(all[0].reason.size(), kMaxQuarantineTextBytes + 2);
  EXPECT_EQ(all[0].actor, std::string(1023, 'a'));
}

TEST_F(QuarantineTest, RefusesUnknownEntriesWhenFull) {
  std::vector<QuarantineEntry> full;
  for (std::size_t i = 0; i < kMaxUnknownQuarantines; ++i)
    full.push_back(entry("p" + std::to_string(i)));
  write_text(file, format_quarantine_file(full));
  const auto quarantine = open();
  quarantine->know([](const QuarantineEntry& entry) {
    return entry.plugin_id == "known" && stops_version(entry.version, "1.0.0");
  });
  const auto refused = quarantine->set(entry("hello"));
  EXPECT_TRUE(refused.full);
  EXPECT_FALSE(refused.changed);
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_TRUE(quarantine->set(entry("p1", "1.0.0")).full) << "another version is another entry";
  EXPECT_TRUE(quarantine->set(entry("known", "9.9.9")).full) << "a version that is not running";
  EXPECT_TRUE(quarantine->set(entry("p1")).changed) << "an existing entry is replaced";
  EXPECT_TRUE(quarantine->set(entry("known")).changed);
  EXPECT_TRUE(quarantine->set(entry("known", "1.0.0")).changed);
  EXPECT_TRUE(quarantine->set(entry("hello", {}, "acme.localhost")).changed) << "another tenant";
  EXPECT_EQ(quarantine->refused().of(Quota::kTenant), 3U);
}

TEST_F(QuarantineTest, BlocksEverySpellingOfAVersion) {
  const auto quarantine = open();
  quarantine->set(entry("hello", "1.0.0"));
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0+build.7"));
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0-rc.1"));
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.1+build.7"));
  quarantine->set(entry("hello", "1.0.0+build.9"));
  EXPECT_EQ(quarantine->size(), 1U) << "it is the same version";
  EXPECT_TRUE(quarantine->blocks("localhost", "hello", "1.0.0"));
  EXPECT_TRUE(quarantine->clear("localhost", "hello", "1.0.0+other").changed);
  EXPECT_FALSE(quarantine->blocks("localhost", "hello", "1.0.0"));
}

TEST_F(QuarantineTest, IsThreadSafe) {
  const auto quarantine =
      open([](const std::filesystem::path&, std::string_view) { return std::string(); });
  quarantine->set(entry("always"));
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!stop) {
        EXPECT_TRUE(quarantine->blocks("localhost", "always", "1.0.0"));
        (void)quarantine->find("localhost", "hello", "1.0.0");
        (void)quarantine->list("localhost");
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    quarantine->set(entry("hello"));
    quarantine->clear("localhost", "hello");
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(quarantine->size(), 1U);
}

}  // namespace
}  // namespace portcullis::bff
