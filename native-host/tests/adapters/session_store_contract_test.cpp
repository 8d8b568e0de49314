// The contract of domain/sessions.hpp, for every store of sessions.

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "judge_bench.hpp"
#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::settled;
using testing::Stores;

NewSession viewer(const std::string& tenant = "localhost") {
  NewSession what;
  what.tenant = tenant;
  what.user = "viewer";
  what.display_name = "Vera Viewer";
  what.provider = "lab";
  what.subject_type = "account";
  what.subject_id = "auth:account:lab:viewer";
  what.roles = {"viewer"};
  return what;
}

class Sessions : public ::testing::TestWithParam<Stores> {
 protected:
  std::unique_ptr<SessionStore> make(SessionLimits limits) const {
    if (GetParam() == Stores::kAwaited) {
      return std::make_unique<testing::AwaitedSessions>(
          std::make_unique<MemorySessions>(clock, limits));
    }
    return std::make_unique<MemorySessions>(clock, limits);
  }

  ManualClock clock;
  const std::unique_ptr<SessionStore> made = make({60min, 480min, 100, 1000, 1000});
  SessionStore& store = *made;
};
INSTANTIATE_TEST_SUITE_P(Of, Sessions, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(Sessions, AreFoundByIdWithinTheirTenant) {
  const SessionPtr session = settled(store.create(viewer()));
  ASSERT_TRUE(session);
  EXPECT_EQ(settled(store.find(session->id, "localhost")), session);
  EXPECT_EQ(session->subject_id, "auth:account:lab:viewer");
  EXPECT_TRUE(session->has_role("viewer"));
  EXPECT_FALSE(session->has_role("operator"));
  EXPECT_NE(session->csrf_token, session->id);
  EXPECT_EQ(session->csrf_token.size(), 43U);
}

TEST_P(Sessions, AreNotFoundUnderAnotherTenant) {
  const SessionPtr session = settled(store.create(viewer()));
  EXPECT_FALSE(settled(store.find(session->id, "acme.localhost")));
  EXPECT_FALSE(settled(store.destroy(session->id, "acme.localhost")));
  EXPECT_TRUE(settled(store.find(session->id, "localhost")));
}

TEST_P(Sessions, NeverAdoptARequestsId) {
  const std::string planted(43, 'A');
  EXPECT_FALSE(settled(store.find(planted, "localhost")));
  const SessionPtr session = settled(store.create(viewer()));
  EXPECT_NE(session->id, planted);
  EXPECT_FALSE(settled(store.find(planted, "localhost")));
}

TEST_P(Sessions, NeedEveryBitOfTheId) {
  const SessionPtr session = settled(store.create(viewer()));
  for (std::size_t i = 0; i < session->id.size(); ++i) {
    std::string other = session->id;
    other[i] = other[i] == 'A' ? 'E' : 'A';
    EXPECT_FALSE(settled(store.find(other, "localhost"))) << i;
  }
  EXPECT_FALSE(settled(store.find("", "localhost")));
  EXPECT_FALSE(settled(store.find(session->id + "A", "localhost")));
  EXPECT_FALSE(settled(store.find(session->id.substr(0, 42), "localhost")));
  EXPECT_FALSE(settled(store.find(std::string(100'000, 'A'), "localhost")));
}

TEST_P(Sessions, EndWhenIdle) {
  const SessionPtr session = settled(store.create(viewer()));
  for (int i = 0; i < 5; ++i) {
    clock.advance(59min);
    EXPECT_TRUE(settled(store.find(session->id, "localhost")));
  }
  EXPECT_TRUE(store.alive(*session));
  clock.advance(60min);
  EXPECT_FALSE(store.alive(*session));
  EXPECT_FALSE(settled(store.find(session->id, "localhost")));
  EXPECT_EQ(store.size(), 0U);
}

TEST_P(Sessions, EndAtTheirMaximumAge) {
  const SessionPtr session = settled(store.create(viewer()));
  for (int i = 0; i < 15; ++i) {
    clock.advance(31min);
    EXPECT_TRUE(settled(store.find(session->id, "localhost")));
  }
  clock.advance(15min);
  EXPECT_FALSE(settled(store.find(session->id, "localhost")));
}

TEST_P(Sessions, PassiveLookupsDoNotExtendThem) {
  const SessionPtr session = settled(store.create(viewer()));
  clock.advance(59min);
  EXPECT_TRUE(store.alive(*session));
  clock.advance(1min);
  EXPECT_FALSE(settled(store.find(session->id, "localhost")));
}

TEST_P(Sessions, ReportTheirEndOnce) {
  std::vector<std::pair<std::uint64_t, SessionEnd>> ends;
  store.on_end([&](const SessionPtr& session, SessionEnd why) {
    ends.emplace_back(session->serial, why);
    EXPECT_FALSE(settled(store.find(session->id, session->tenant)));  // no lock is held here
  });
  const SessionPtr first = settled(store.create(viewer()));
  const SessionPtr second = settled(store.create(viewer()));
  const SessionPtr third = settled(store.create(viewer("acme.localhost")));
  EXPECT_TRUE(settled(store.destroy(first->id, "localhost")));
  EXPECT_FALSE(settled(store.destroy(first->id, "localhost")));
  EXPECT_EQ(store.destroy_if([](const Session& s) { return s.tenant == "acme.localhost"; },
                             SessionEnd::kRevoked),
            1U);
  clock.advance(60min);
  EXPECT_EQ(store.sweep(), 1U);
  const std::vector<std::pair<std::uint64_t, SessionEnd>> expected{
      {first->serial, SessionEnd::kLogout},
      {third->serial, SessionEnd::kRevoked},
      {second->serial, SessionEnd::kExpired}};
  EXPECT_EQ(ends, expected);
}

NewSession of(const std::string& user, const std::string& address,
              const std::string& tenant = "localhost") {
  NewSession what = viewer(tenant);
  what.user = user;
  what.subject_id = "auth:account:lab:" + user;
  what.address = address;
  return what;
}

TEST_P(Sessions, EvictsTheLeastRecentlyUsedOfAnAccount) {
  const auto small_store = make({60min, 480min, 3, 100, 100});
  SessionStore& small = *small_store;
  std::vector<std::uint64_t> ended;
  small.on_end([&](const SessionPtr& session, SessionEnd why) {
    EXPECT_EQ(why, SessionEnd::kReplaced);
    ended.push_back(session->serial);
  });
  const SessionPtr other = settled(small.create(of("other", "1.1.1.1")));
  const SessionPtr elsewhere = settled(small.create(of("viewer", "1.1.1.1", "acme.localhost")));
  std::vector<SessionPtr> own;
  for (int i = 0; i < 3; ++i) {
    clock.advance(1s);
    own.push_back(settled(small.create(viewer())));
  }
  clock.advance(1s);
  EXPECT_TRUE(settled(small.find(own[0]->id, "localhost"))) << "the first one is in use";
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(settled(small.create(viewer())));
  EXPECT_EQ(ended.size(), 100U);
  EXPECT_EQ(ended.front(), own[1]->serial);
  EXPECT_EQ(small.replaced().of(Quota::kAccount), 100U);
  EXPECT_EQ(small.size(), 5U);
  EXPECT_TRUE(settled(small.find(other->id, "localhost")));
  EXPECT_TRUE(settled(small.find(elsewhere->id, "acme.localhost")));
}

TEST_P(Sessions, OverTheAddressQuotaEndOneOfTheBusiestAccount) {
  const auto small_store = make({60min, 480min, 100, 4, 100});
  SessionStore& small = *small_store;
  const SessionPtr alone = settled(small.create(of("alone", "1.1.1.1")));
  const SessionPtr other = settled(small.create(of("other", "2.2.2.2")));
  for (int i = 0; i < 50; ++i) {
    clock.advance(1s);
    EXPECT_TRUE(settled(small.create(of("flood", "1.1.1.1"))));
  }
  EXPECT_TRUE(settled(small.find(alone->id, "localhost")));
  EXPECT_TRUE(settled(small.find(other->id, "localhost")));
  EXPECT_EQ(small.size(), 5U);
  EXPECT_EQ(small.replaced().of(Quota::kAddress), 47U);
}

TEST_P(Sessions, OverTheTenantQuotaLeaveOtherTenantsAlone) {
  const auto small_store = make({60min, 480min, 5, 1000, 20});
  SessionStore& small = *small_store;
  const SessionPtr theirs = settled(small.create(of("viewer", "1.1.1.1", "acme.localhost")));
  const SessionPtr quiet = settled(small.create(of("quiet", "1.1.1.1")));
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(settled(small.create(of("flood" + std::to_string(i % 40), std::to_string(i)))));
  }
  EXPECT_EQ(small.size(), 21U);
  EXPECT_TRUE(settled(small.find(theirs->id, "acme.localhost")));
  const SessionPtr late = settled(small.create(of("late", "1.1.1.1")));
  EXPECT_TRUE(settled(small.find(late->id, "localhost"))) << "the new session is created";
}

TEST_P(Sessions, ReleaseTheirQuotasWhenTheyEnd) {
  const auto small_store = make({60min, 480min, 2, 2, 2});
  SessionStore& small = *small_store;
  const SessionPtr first = settled(small.create(of("a", "1.1.1.1")));
  EXPECT_TRUE(settled(small.destroy(first->id, "localhost")));
  (void)settled(small.create(of("a", "1.1.1.1")));
  (void)settled(small.create(of("a", "1.1.1.1")));
  EXPECT_EQ(small.replaced().of(Quota::kAccount), 0U);
  clock.advance(60min);
  EXPECT_EQ(small.sweep(), 2U);
  (void)settled(small.create(of("a", "1.1.1.1")));
  (void)settled(small.create(of("b", "1.1.1.1")));
  EXPECT_EQ(small.replaced().of(Quota::kAddress), 0U);
  EXPECT_EQ(small.size(), 2U);
}

TEST_P(Sessions, InUseOutliveTheIdleTimeoutButNotTheirMaximumAge) {
  const SessionPtr watching = settled(store.create(viewer()));
  const SessionPtr away = settled(store.create(viewer()));
  for (int minute = 0; minute < 479; ++minute) {
    clock.advance(1min);
    store.sweep({watching->serial});
  }
  EXPECT_TRUE(store.alive(*watching));
  EXPECT_FALSE(store.alive(*away));
  clock.advance(1min);
  EXPECT_EQ(store.sweep({watching->serial}), 1U) << "the maximum age applies to open streams too";
  // The idle time counts from the last use, not from the last request.
  const SessionPtr again = settled(store.create(viewer()));
  clock.advance(59min);
  store.sweep({again->serial});
  clock.advance(59min);
  EXPECT_TRUE(store.alive(*again));
  clock.advance(1min);
  EXPECT_FALSE(store.alive(*again));
}

TEST_P(Sessions, ApplyNewLimitsToExistingSessions) {
  const SessionPtr session = settled(store.create(viewer()));
  clock.advance(10min);
  store.set_limits({5min, 480min, 100, 1000, 1000});
  EXPECT_FALSE(settled(store.find(session->id, "localhost")));
}

TEST_P(Sessions, IsThreadSafe) {
  const auto shared_store = make({60min, 480min, 1'000, 1'000, 1'000});
  SessionStore& shared = *shared_store;
  std::atomic<int> ended{0};
  shared.on_end([&](const SessionPtr&, SessionEnd) { ++ended; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const SessionPtr session = settled(shared.create(viewer()));
        EXPECT_EQ(settled(shared.find(session->id, "localhost")), session);
        if (i % 2 == 0) {
          EXPECT_TRUE(settled(shared.destroy(session->id, "localhost")));
        }
        shared.sweep();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ended.load(), 400);
  EXPECT_EQ(shared.size(), 400U);
}

}  // namespace
}  // namespace portcullis::bff
