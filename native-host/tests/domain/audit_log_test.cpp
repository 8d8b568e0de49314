#include "domain/audit_log.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/files/audit_file.hpp"
#include "manual_clock.hpp"
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
    return std::make_unique<AuditLog>(
        std::move(std::get<AuditSinks>(open_audit_files(file, options))), clock, options);
  }
  std::vector<json> lines(const std::filesystem::path& of) {
    std::vector<json> all;
    std::istringstream in(read_text(of));
    for (std::string line; std::getline(in, line);) all.push_back(json::parse(line));
    return all;
  }
  static AuditRecord denied(std::string target, std::string actor = {}) {
    AuditRecord record;
    record.event = "denied";
    record.outcome = "ALLOWLIST_VIOLATION";
    record.target = std::move(target);
    record.actor = std::move(actor);
    return record;
  }
  static AuditRecord act(std::string detail) {
    AuditRecord record;
    record.event = "quarantine";
    record.detail = std::move(detail);
    return record;
  }
  static AuditRecord login(std::string actor) {
    AuditRecord record;
    record.event = "login";
    record.actor = std::move(actor);
    return record;
  }

  ManualClock clock;
  TempFolder folder;
  const std::filesystem::path file = folder / "audit.log";
  const std::filesystem::path sign_ins = folder / "audit-sign-ins.log";
  const std::filesystem::path failed = folder / "audit-failed-sign-ins.log";
  const std::filesystem::path refusals = folder / "audit-refusals.log";
  const std::filesystem::path anonymous = folder / "audit-anonymous.log";
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
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(Audit, CannotBeForgedByRequestContent) {
  const auto log = open();
  log->refusal(denied("/x\n{\"event\":\"login\",\"outcome\":\"ok\"}\r\x1b[2K\xe2\x80\xa8\xff"),
               "n");
  log->flush();
  const std::string text = read_text(anonymous);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  EXPECT_EQ(lines(anonymous).at(0)["event"], "denied");
}

TEST_F(Audit, EachClassHasItsOwnFile) {
  const auto log = open();
  EXPECT_TRUE(log->act(act("1")));
  log->sign_in(login("auth:account:lab:a"), true, "n");
  log->sign_in(login("b"), false, "n");
  log->refusal(denied("/x", "auth:account:lab:a"), "n");
  log->refusal(denied("/y"), "n");
  log->flush();
  EXPECT_EQ(lines(file).size(), 1U);
  EXPECT_EQ(lines(sign_ins).size(), 1U);
  EXPECT_EQ(lines(failed).size(), 1U);
  ASSERT_EQ(lines(refusals).size(), 1U);
  EXPECT_EQ(lines(refusals)[0]["target"], "/x");
  ASSERT_EQ(lines(anonymous).size(), 1U);
  EXPECT_EQ(lines(anonymous)[0]["target"], "/y");
  for (const auto& each : {file, sign_ins, failed, refusals, anonymous}) {
    struct stat status = {};
    ASSERT_EQ(::stat(each.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
}

TEST_F(Audit, LimitsAFloodAndCountsMissingLines) {
  AuditOptions options;
  options.rates = {.per_second = 3, .per_address_per_second = 100};
  const auto log = open(options);
  for (int i = 0; i < 10; ++i) log->refusal(denied("/" + std::to_string(i)), "n");
  log->sweep();
  EXPECT_EQ(log->not_written(AuditClass::kAnonymous), 7U);
  auto all = lines(anonymous);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[3]["event"], "not_written");
  EXPECT_EQ(all[3]["outcome"], "over_budget");
  EXPECT_EQ(all[3]["count"], 7);
  log->sweep();
  EXPECT_EQ(lines(anonymous).size(), 4U) << "said once";
  clock.advance(1s);
  log->refusal(denied("/next"), "n");
  log->flush();
  EXPECT_EQ(lines(anonymous).size(), 5U);
}

TEST_F(Audit, ReportsMissingLinesAtItsEnd) {
  AuditOptions options;
  options.rates.per_second = 0;
  open(options)->refusal(denied("/x"), "n");
  EXPECT_EQ(lines(anonymous).at(0)["count"], 1);
}

TEST_F(Audit, OneSourceCannotStarveOthers) {
  const auto log = open({.rates = {.per_second = 200, .per_address_per_second = 20}});
  for (int i = 0; i < 100'000; ++i) {
    log->refusal(denied("/flood"), "flooder");
    log->sign_in(login("guess"), false, "flooder");
  }
  for (int i = 0; i < 30; ++i) {
    log->refusal(denied("/own"), "somebody");
    log->sign_in(login("typo"), false, "somebody");
  }
  log->flush();
  const auto count = [&](const std::filesystem::path& of, const char* key, const char* value) {
    const auto all = lines(of);
    return std::count_if(all.begin(), all.end(),
                         [&](const json& each) { return each[key] == value; });
  };
  EXPECT_EQ(count(anonymous, "target", "/flood"), 100);
  EXPECT_EQ(count(anonymous, "target", "/own"), 30);
  EXPECT_EQ(count(failed, "actor", "guess"), 100);
  EXPECT_EQ(count(failed, "actor", "typo"), 30);
}

TEST_F(Audit, AnAccountIsOneSourceAcrossAddresses) {
  const auto log = open({.rates = {.per_second = 10'000, .per_address_per_second = 2}});
  for (int i = 0; i < 500; ++i) {
    log->sign_in(login("auth:account:lab:flooder"), true, std::to_string(i));
    log->refusal(denied("/x", "auth:account:lab:flooder"), std::to_string(i));
  }
  log->flush();
  EXPECT_EQ(lines(sign_ins).size(), 10U);
  EXPECT_EQ(lines(refusals).size(), 10U);
}

TEST_F(Audit, FailedSignInsHaveASeparateBudget) {
  const auto log = open({.rates = {.per_second = 5, .per_address_per_second = 5}});
  for (int i = 0; i < 100; ++i) log->sign_in(login("x"), false, std::to_string(i));
  for (int i = 0; i < 5; ++i) log->sign_in(login("real"), true, "n");
  log->flush();
  EXPECT_EQ(lines(sign_ins).size(), 5U);
  EXPECT_EQ(lines(failed).size(), 5U);
}

TEST_F(Audit, LongTextsAreShortened) {
  const auto log = open();
  AuditRecord record = denied(std::string(10'000, 'x'));
  record.method = std::string(10'000, 'M');
  log->refusal(std::move(record), "n");
  log->sign_in(login(std::string(60'000, 'u')), false, "n");
  log->flush();
  EXPECT_LT(read_text(anonymous).size(), 2'000U);
  EXPECT_LT(read_text(failed).size(), 1'000U);
  EXPECT_TRUE(lines(failed)[0]["actor"].get<std::string>().ends_with("uu..."));
}

TEST_F(Audit, OnlyActsRotateTheActLog) {
  AuditOptions options;
  options.max_bytes = 4096;
  options.keep = 1;
  options.rates = {.per_second = 100'000, .per_address_per_second = 100'000};
  const auto log = open(options);
  EXPECT_TRUE(log->act(act("the one")));
  for (int i = 0; i < 2000; ++i) {
    log->sign_in(login("a"), true, "n");
    log->refusal(denied("/x", "a"), "n");
    log->refusal(denied("/x"), "n");
    if (i % 100 == 0) log->flush();
  }
  log->flush();
  log->sweep();
  EXPECT_TRUE(std::filesystem::exists(folder / "audit-sign-ins.log.1"));
  EXPECT_FALSE(std::filesystem::exists(folder / "audit.log.1"));
  EXPECT_EQ(lines(file).at(0)["detail"], "the one");
}

TEST_F(Audit, ActsAreWrittenDuringAFlood) {
  AuditOptions options;
  options.rates = {.per_second = 0, .per_address_per_second = 0};
  const auto log = open(options);
  for (int i = 0; i < 1000; ++i) log->refusal(denied("/x"), "n");
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(log->act(act("1")));
  EXPECT_EQ(lines(file).size(), 1000U);
}

TEST_F(Audit, FollowsARenamedFile) {
  const auto log = open();
  EXPECT_TRUE(log->act(act("1")));
  log->refusal(denied("/1"), "n");
  log->flush();
  for (const auto& each : {file, anonymous}) {
    std::filesystem::rename(each, each.string() + "-old");
  }
  // One file is recreated, as by logrotate's `create`; the other is not, as by `nocreate`.
  testing::write_text(file, "");
  EXPECT_TRUE(log->act(act("2")));
  log->refusal(denied("/2"), "n");
  log->flush();
  EXPECT_EQ(lines(file).at(0)["detail"], "2");
  EXPECT_EQ(lines(anonymous).at(0)["target"], "/2");
  EXPECT_EQ(lines(file.string() + "-old").size(), 1U);
  EXPECT_EQ(lines(anonymous.string() + "-old").size(), 1U);
}

TEST_F(Audit, LooksForARenamedFileWithoutANewLine) {
  const auto log = open();
  std::filesystem::rename(file, folder / "old");
  log->sweep();
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(Audit, FollowsATruncatedFile) {
  AuditOptions options;
  options.max_bytes = 1000;
  const auto log = open(options);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(log->act(act(std::string(20, 'x'))));
  std::filesystem::resize_file(file, 0);  // copytruncate
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(log->act(act("new")));
  EXPECT_EQ(lines(file).size(), 3U);
  EXPECT_FALSE(std::filesystem::exists(folder / "audit.log.1")) << "it is small again";
}

TEST_F(Audit, ContinuesInTheOldFileIfNoNewOneCanBeCreated) {
  const auto log = open();
  std::filesystem::rename(file, folder / "old");
  std::filesystem::create_directory(file);
  EXPECT_TRUE(log->act(act("kept")));
  EXPECT_EQ(lines(folder / "old").at(0)["detail"], "kept");
}

TEST_F(Audit, RotatesAndKeepsTheConfiguredNumber) {
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

TEST_F(Audit, LosesNothingIfAFileCannotBeCreated) {
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
  // A missing descriptor has the same effect on the log as a full disk.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit none{0, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(act(number++));
  ::setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_GT(std::filesystem::file_size(file), 300U);
  EXPECT_EQ(lines(folder / "audit.log.2").front(), first) << "the oldest file was dropped";
  EXPECT_EQ(lines(file).back()["detail"], std::to_string(number - 1));
  EXPECT_TRUE(act(number));
  EXPECT_LE(std::filesystem::file_size(file), 300U) << "there is room again: rotated";
  EXPECT_FALSE(std::filesystem::exists(folder / "audit.log.next"));
}

TEST_F(Audit, APartialLineDoesNotDamageTheNext) {
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

TEST_F(Audit, UnopenableFilesAreErrors) {
  std::filesystem::create_directory(file);
  const auto opened = open_audit_files(file, {});
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  EXPECT_NE(std::get<std::string>(opened).find(file.string()), std::string::npos);
}

TEST_F(Audit, ReportsAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto log = std::make_unique<AuditLog>(
      std::move(std::get<AuditSinks>(open_audit_files("/dev/full", {}))), clock);
  AuditRecord act;
  act.event = "refresh";
  EXPECT_FALSE(log->act(act));
  EXPECT_EQ(log->failures(), 1U);
}

}  // namespace
}  // namespace portcullis::bff
