#include "state/audit_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::read_text;
using testing::TempFolder;

class Audit : public ::testing::Test {
 protected:
  std::unique_ptr<AuditLog> open(AuditOptions options = {}) {
    auto opened = AuditLog::open(file, clock, options);
    return std::move(std::get<std::unique_ptr<AuditLog>>(opened));
  }
  std::vector<json> lines(const std::filesystem::path& of) {
    std::vector<json> all;
    std::istringstream in(read_text(of));
    for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
    return all;
  }
  static AuditRecord denied(std::string target) {
    AuditRecord record;
    record.event = "denied";
    record.outcome = "ALLOWLIST_VIOLATION";
    record.target = std::move(target);
    return record;
  }

  ManualClock clock;
  TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
};

TEST_F(Audit, WritesOneObjectPerLineAndAppends) {
  AuditRecord act;
  act.event = "quarantine";
  act.outcome = "ok";
  act.tenant = "localhost";
  act.actor = "auth:account:lab:operator";
  act.plugin_id = "hello";
  act.request_id = "r1";
  EXPECT_TRUE(open()->act(act));
  EXPECT_TRUE(open()->act(act));
  const auto all = lines(file);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1], json::parse(R"({"at":"2030-01-01T00:00:00.000Z","event":"quarantine",
      "outcome":"ok","tenant":"localhost","actor":"auth:account:lab:operator",
      "plugin_id":"hello","request_id":"r1"})"));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Audit, CannotBeForgedByWhatARequestHolds) {
  const auto log = open();
  log->denial(denied("/x\n{\"event\":\"login\",\"outcome\":\"ok\"}\r\x1b[2K\xe2\x80\xa8\xff"));
  log->flush();
  const std::string text = read_text(file);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  EXPECT_EQ(lines(file).at(0)["event"], "denied");
}

TEST_F(Audit, BoundsAFloodOfDenialsAndSaysHowManyAreMissing) {
  AuditOptions options;
  options.denials_per_second = 3;
  const auto log = open(options);
  for (int i = 0; i < 10; ++i) log->denial(denied("/" + std::to_string(i)));
  log->flush();
  EXPECT_EQ(lines(file).size(), 3U);
  EXPECT_EQ(log->suppressed(), 7U);
  clock.advance(1s);
  log->denial(denied("/next"));
  log->flush();
  const auto all = lines(file);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3]["detail"], "7 denials before this one were not written");
}

TEST_F(Audit, ActsAreWrittenThroughAFlood) {
  AuditOptions options;
  options.denials_per_second = 0;
  const auto log = open(options);
  log->denial(denied("/x"));
  AuditRecord act;
  act.event = "refresh";
  EXPECT_TRUE(log->act(act));
  EXPECT_EQ(lines(file).size(), 1U);
}

TEST_F(Audit, RotatesAndKeepsAsManyAsItShould) {
  AuditOptions options;
  options.max_bytes = 300;
  options.keep = 2;
  const auto log = open(options);
  for (int i = 0; i < 20; ++i) {
    AuditRecord act;
    act.event = "login";
    act.detail = std::to_string(i);
    EXPECT_TRUE(log->act(act));
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "audit.log.1"));
  EXPECT_TRUE(std::filesystem::exists(folder / "audit.log.2"));
  EXPECT_FALSE(std::filesystem::exists(folder / "audit.log.3"));
  EXPECT_LE(std::filesystem::file_size(file), 300U);
  EXPECT_EQ(lines(file).back()["detail"], "19");
  const int last_of_older =
      std::stoi(lines(folder / "audit.log.1").back()["detail"].get<std::string>());
  const int first_of_newer = std::stoi(lines(file).front()["detail"].get<std::string>());
  EXPECT_EQ(last_of_older + 1, first_of_newer) << "no line is lost in a rotation";
}

TEST_F(Audit, WithoutRoomForANewFileTheOldOneGoesOnAndNoneIsLost) {
  AuditOptions options;
  options.max_bytes = 300;
  options.keep = 2;
  const auto log = open(options);
  const auto act = [&](int number) {
    AuditRecord record;
    record.event = "login";
    record.detail = std::to_string(number);
    return log->act(record);
  };
  int number = 0;
  while (!std::filesystem::exists(folder / "audit.log.2")) EXPECT_TRUE(act(number++));
  const json first = lines(folder / "audit.log.2").front();
  // No descriptor left is, to the log, no room left.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none{0, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(act(number++));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_GT(std::filesystem::file_size(file), 300U);
  EXPECT_EQ(lines(folder / "audit.log.2").front(), first) << "the oldest fell off";
  EXPECT_EQ(lines(file).back()["detail"], std::to_string(number - 1));
  EXPECT_TRUE(act(number));
  EXPECT_LE(std::filesystem::file_size(file), 300U) << "there is room again: rotated";
  EXPECT_FALSE(std::filesystem::exists(folder / "audit.log.next"));
}

TEST_F(Audit, HalfALineOfACrashDoesNotSpoilTheNext) {
  testing::write_text(file, R"({"at":"2029-12-31T23:59:59.000Z","ev)");
  {
    const auto log = open();
    AuditRecord act;
    act.event = "refresh";
    EXPECT_TRUE(log->act(act));
    EXPECT_TRUE(log->act(act));
  }
  std::istringstream in(read_text(file));
  std::string line;
  std::getline(in, line);
  EXPECT_FALSE(json::accept(line));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_EQ(json::parse(line)["event"], "refresh");
  }
  EXPECT_FALSE(std::getline(in, line));
}

TEST_F(Audit, AFileThatCannotBeOpenedIsAnError) {
  std::filesystem::create_directory(file);
  auto opened = AuditLog::open(file, clock);
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  EXPECT_NE(std::get<std::string>(opened).find(file.string()), std::string::npos);
}

TEST_F(Audit, SaysWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto opened = AuditLog::open("/dev/full", clock);
  auto& log = std::get<std::unique_ptr<AuditLog>>(opened);
  AuditRecord act;
  act.event = "refresh";
  EXPECT_FALSE(log->act(act));
  EXPECT_EQ(log->failures(), 1U);
}

}  // namespace
}  // namespace portcullis::bff
