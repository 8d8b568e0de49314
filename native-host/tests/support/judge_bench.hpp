// Everything that a request is judged against, with stores in memory or with stores that have to be
// awaited.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <variant>

#include "adapters/memory/memory_quarantine_journal.hpp"
#include "api/endpoint_table.hpp"
#include "awaited_stores.hpp"
#include "base/clock.hpp"
#include "enforce/judging.hpp"
#include "manual_clock.hpp"
#include "run_io.hpp"
#include "settled.hpp"

namespace portcullis::bff::testing {

/// How the stores answer.
enum class Stores { kAtHand, kAwaited };

inline std::string stores_name(const ::testing::TestParamInfo<Stores>& info) {
  return info.param == Stores::kAtHand ? "AtHand" : "Awaited";
}

inline NewSession lab_account(const std::string& tenant, std::vector<std::string> roles) {
  return {.tenant = tenant,
          .user = "u",
          .display_name = "U",
          .provider = "lab",
          .subject_type = "account",
          .subject_id = "auth:account:lab:u",
          .roles = std::move(roles)};
}

struct JudgeBench {
  explicit JudgeBench(Stores how = Stores::kAtHand) : awaited(how == Stores::kAwaited) {
    if (awaited) {
      sessions = std::make_unique<testing::AwaitedSessions>(
          std::make_unique<MemorySessions>(clock, SessionLimits{}));
      page_keys =
          std::make_unique<testing::AwaitedPageKeys>(std::make_unique<MemoryPageKeys>(clock));
      rates =
          std::make_unique<testing::AwaitedRateLimiter>(std::make_unique<MemoryRateLimiter>(clock));
    } else {
      sessions = std::make_unique<MemorySessions>(clock, SessionLimits{});
      page_keys = std::make_unique<MemoryPageKeys>(clock);
      rates = std::make_unique<MemoryRateLimiter>(clock);
    }
    quarantine = std::move(std::get<std::unique_ptr<Quarantine>>(
        Quarantine::open(std::make_unique<MemoryQuarantineJournal>(), clock)));
  }

  SessionPtr sign_in(std::vector<std::string> roles, const std::string& tenant = "localhost") {
    return settled(sessions->create(lab_account(tenant, std::move(roles))));
  }
  void set_quarantine(const std::string& id) {
    quarantine->set({.tenant = "localhost",
                     .plugin_id = id,
                     .version = {},
                     .reason = "r",
                     .actor = "a",
                     .since = {},
                     .expires_at = {}});
  }
  Judgement judge(const Request& request, const Snapshot& snapshot) {
    Judging judging(request, {snapshot, endpoint_specs(), *quarantine},
                    {*sessions, *page_keys, *rates, token});
    if (!judging.advance()) {
      EXPECT_TRUE(awaited) << "everything is at hand";
      boost::asio::io_context io;
      run(io, judging.finish());
    }
    return judging.take();
  }

  bool awaited;
  ManualClock clock;
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<PageKeys> page_keys;
  std::unique_ptr<RateLimiter> rates;
  std::unique_ptr<Quarantine> quarantine;
  OperatorToken token;
};

}  // namespace portcullis::bff::testing
