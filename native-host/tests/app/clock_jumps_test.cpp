// Jumps of the system clock, by NTP or by hand. Durations use the steady clock and are unaffected;
// stored instants follow the system clock.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/files/audit_file.hpp"
#include "adapters/files/quarantine_journal_file.hpp"
#include "adapters/memory/memory_health.hpp"
#include "adapters/memory/memory_rate_limiter.hpp"
#include "adapters/memory/memory_sessions.hpp"
#include "api/login_throttle.hpp"
#include "domain/quarantine.hpp"
#include "manual_clock.hpp"
#include "settled.hpp"
#include "temp_folder.hpp"
#include "upstream/circuit_breaker.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::read_text;
using testing::settled;
using testing::TempFolder;

constexpr std::chrono::hours kYear{24 * 365};

/// Each test with a jump forward and one back.
class ClockJumps : public ::testing::TestWithParam<std::chrono::hours> {
 protected:
  void jump() { clock.jump_wall(GetParam()); }
  std::unique_ptr<Quarantine> quarantine() {
    auto opened = Quarantine::open(
        std::make_unique<QuarantineJournalFile>(folder / "quarantine.json"), clock);
    return std::move(std::get<std::unique_ptr<Quarantine>>(opened));
  }
  ManualClock clock;
  TempFolder folder;
};

TEST_P(ClockJumps, DoNotAffectSessions) {
  MemorySessions store(clock, {60min, 480min, 100});
  NewSession what;
  what.tenant = "localhost";
  const SessionPtr session = settled(store.create(what));
  clock.advance(59min);
  jump();
  EXPECT_TRUE(settled(store.find(session->id, "localhost")));
  clock.advance(60min);
  EXPECT_FALSE(settled(store.find(session->id, "localhost")));
}

TEST_P(ClockJumps, NeverShortenAQuarantine) {
  const auto kept = quarantine();
  QuarantineEntry timed;
  timed.tenant = "localhost";
  timed.plugin_id = "hello";
  timed.expires_at = clock.wall() + 1h;
  kept->set(timed);
  jump();
  EXPECT_TRUE(kept->blocks("localhost", "hello", "1.0.0"));
  EXPECT_EQ(kept->sweep(), 0U);
  EXPECT_EQ(kept->list("localhost").size(), 1U);
  clock.advance(1h - 1ms);
  EXPECT_TRUE(kept->blocks("localhost", "hello", "1.0.0"));
  clock.advance(1ms);
  // Its duration is over; if the clock went back, its instant has not come yet.
  const bool ahead = GetParam() > 0h;
  EXPECT_EQ(kept->blocks("localhost", "hello", "1.0.0"), !ahead);
  EXPECT_EQ(kept->sweep(), ahead ? 1U : 0U);
}

TEST_P(ClockJumps, NeverShortenALoadedQuarantine) {
  QuarantineEntry timed;
  timed.tenant = "localhost";
  timed.plugin_id = "hello";
  timed.expires_at = clock.wall() + 1h;
  quarantine()->set(timed);
  const auto again = quarantine();
  jump();
  clock.advance(1h - 1ms);
  EXPECT_TRUE(again->blocks("localhost", "hello", "1.0.0"));
}

TEST_P(ClockJumps, DoNotAffectRateLimits) {
  MemoryRateLimiter limiter(clock);
  const RateBudget budget{1, 2};
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
  jump();
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
  EXPECT_FALSE(settled(limiter.take("t", "p", budget)).allowed);
  clock.advance(1s);
  EXPECT_TRUE(settled(limiter.take("t", "p", budget)).allowed);
}

TEST_P(ClockJumps, DoNotAffectCircuitBreakersAndLoginThrottle) {
  CircuitBreakers breakers(clock);
  const BreakerSettings settings{1, 5000ms};
  breakers.report("http://a:1", "u", settings, UpstreamOutcome::kUnreachable);
  LoginThrottle throttle(clock);
  for (unsigned i = 0; i < LoginThrottle::kFailuresPerAccount; ++i) {
    throttle.failed("t", "a", "1.1.1.1");
  }
  jump();
  EXPECT_EQ(breakers.wait_s("http://a:1", settings), 5U);
  EXPECT_EQ(throttle.wait_s("t", "a", "1.1.1.1"), 60U);
  clock.advance(60s);
  EXPECT_EQ(breakers.wait_s("http://a:1", settings), 0U);
  EXPECT_EQ(throttle.wait_s("t", "a", "1.1.1.1"), 0U);
}

TEST_P(ClockJumps, DoNotAffectHealth) {
  MemoryHealth board(clock);
  board.record("t", "p", 200, 1ms);
  jump();
  board.record("t", "p", 200, 1ms);
  EXPECT_EQ(settled(board.report("t", "p")).calls, 2U);
  EXPECT_EQ(settled(board.report("t", "p")).last_active, clock.wall())
      << "the current time of the clock";
}

TEST_P(ClockJumps, AppearInTheAuditLogWithinItsBudget) {
  AuditOptions options;
  options.rates = {.per_second = 1, .per_address_per_second = 1};
  const auto log = std::make_unique<AuditLog>(
      std::move(std::get<AuditSinks>(open_audit_files(folder / "audit.log", options))), clock,
      options);
  AuditRecord record;
  record.event = "denied";
  log->refusal(record, "n");
  const WallTime before = clock.wall();
  jump();
  log->refusal(record, "n");  // within the same second
  EXPECT_EQ(log->not_written(AuditClass::kAnonymous), 1U);
  clock.advance(1s);
  log->refusal(record, "n");
  log->flush();
  std::istringstream in(read_text(folder / "audit-anonymous.log"));
  std::string line;
  for (const WallTime at : {before, before + GetParam() + 1s}) {
    ASSERT_TRUE(std::getline(in, line));
    EXPECT_EQ(nlohmann::json::parse(line)["at"], format_rfc3339(at));
  }
}

INSTANTIATE_TEST_SUITE_P(Ahead, ClockJumps, ::testing::Values(kYear));
INSTANTIATE_TEST_SUITE_P(Back, ClockJumps, ::testing::Values(-kYear));

}  // namespace
}  // namespace portcullis::bff
