#include "state/sessions.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

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

class Sessions : public ::testing::Test {
 protected:
  ManualClock clock;
  SessionStore store{clock, {60min, 480min, 100}};
};

TEST_F(Sessions, AreFoundByTheirIdUnderTheirTenant) {
  const SessionPtr session = store.create(viewer());
  ASSERT_TRUE(session);
  EXPECT_EQ(store.find(session->id, "localhost"), session);
  EXPECT_EQ(session->subject_id, "auth:account:lab:viewer");
  EXPECT_TRUE(session->has_role("viewer"));
  EXPECT_FALSE(session->has_role("operator"));
  EXPECT_NE(session->csrf_token, session->id);
  EXPECT_EQ(session->csrf_token.size(), 43U);
}

TEST_F(Sessions, AreRefusedUnderAnotherTenantAndSurviveIt) {
  const SessionPtr session = store.create(viewer());
  EXPECT_FALSE(store.find(session->id, "acme.localhost"));
  EXPECT_FALSE(store.destroy(session->id, "acme.localhost"));
  EXPECT_TRUE(store.find(session->id, "localhost"));
}

TEST_F(Sessions, AreNeverMadeFromAnIdThatCameWithARequest) {
  const std::string planted(43, 'A');
  EXPECT_FALSE(store.find(planted, "localhost"));
  const SessionPtr session = store.create(viewer());
  EXPECT_NE(session->id, planted);
  EXPECT_FALSE(store.find(planted, "localhost"));
}

TEST_F(Sessions, NeedEveryBitOfTheId) {
  const SessionPtr session = store.create(viewer());
  for (std::size_t i = 0; i < session->id.size(); ++i) {
    std::string other = session->id;
    other[i] = other[i] == 'A' ? 'E' : 'A';
    EXPECT_FALSE(store.find(other, "localhost")) << i;
  }
  EXPECT_FALSE(store.find("", "localhost"));
  EXPECT_FALSE(store.find(session->id + "A", "localhost"));
  EXPECT_FALSE(store.find(session->id.substr(0, 42), "localhost"));
  EXPECT_FALSE(store.find(std::string(100'000, 'A'), "localhost"));
}

TEST_F(Sessions, EndWhenTheyAreIdle) {
  const SessionPtr session = store.create(viewer());
  for (int i = 0; i < 5; ++i) {
    clock.advance(59min);
    EXPECT_TRUE(store.find(session->id, "localhost"));
  }
  EXPECT_TRUE(store.alive(*session));
  clock.advance(60min);
  EXPECT_FALSE(store.alive(*session));
  EXPECT_FALSE(store.find(session->id, "localhost"));
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(Sessions, EndAtTheirGreatestAgeHoweverBusy) {
  const SessionPtr session = store.create(viewer());
  for (int i = 0; i < 15; ++i) {
    clock.advance(31min);
    EXPECT_TRUE(store.find(session->id, "localhost"));
  }
  clock.advance(15min);
  EXPECT_FALSE(store.find(session->id, "localhost"));
}

TEST_F(Sessions, ALookThatIsNoActivityDoesNotKeepThemAlive) {
  const SessionPtr session = store.create(viewer());
  clock.advance(59min);
  EXPECT_TRUE(store.alive(*session));
  clock.advance(1min);
  EXPECT_FALSE(store.find(session->id, "localhost"));
}

TEST_F(Sessions, TellWhyTheyEndedOnce) {
  std::vector<std::pair<std::uint64_t, SessionEnd>> ends;
  store.on_end([&](const SessionPtr& session, SessionEnd why) {
    ends.emplace_back(session->serial, why);
    EXPECT_FALSE(store.find(session->id, session->tenant));  // no lock is held here
  });
  const SessionPtr first = store.create(viewer());
  const SessionPtr second = store.create(viewer());
  const SessionPtr third = store.create(viewer("acme.localhost"));
  EXPECT_TRUE(store.destroy(first->id, "localhost"));
  EXPECT_FALSE(store.destroy(first->id, "localhost"));
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

TEST_F(Sessions, AreBoundedInNumberAndExpiredOnesMakeRoom) {
  SessionStore small(clock, {60min, 480min, 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.create(viewer()));
  EXPECT_FALSE(small.create(viewer()));
  EXPECT_EQ(small.size(), 3U);
  clock.advance(60min);
  EXPECT_TRUE(small.create(viewer()));
  EXPECT_EQ(small.size(), 1U);
}

TEST_F(Sessions, NewLimitsHoldForThoseThatExist) {
  const SessionPtr session = store.create(viewer());
  clock.advance(10min);
  store.set_limits({5min, 480min, 100});
  EXPECT_FALSE(store.find(session->id, "localhost"));
}

TEST_F(Sessions, AreSharedByThreads) {
  SessionStore shared(clock, {60min, 480min, 1'000'000});
  std::atomic<int> ended{0};
  shared.on_end([&](const SessionPtr&, SessionEnd) { ++ended; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const SessionPtr session = shared.create(viewer());
        EXPECT_EQ(shared.find(session->id, "localhost"), session);
        if (i % 2 == 0) {
          EXPECT_TRUE(shared.destroy(session->id, "localhost"));
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
