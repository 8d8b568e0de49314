// The contract of domain/page_keys.hpp, for every store of page keys.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "judge_bench.hpp"
#include "manual_clock.hpp"
#include "portcullis/limits.hpp"
#include "stamper.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::settled;
using testing::Stamper;
using testing::Stores;

const StampedCall kCall{"hello", "GET", "/api/hello?x"};
const StampedCall kHost{kHostCaller, "GET", "/api/plugins/manifests"};

class PageKey : public ::testing::TestWithParam<Stores> {
 protected:
  SessionPtr log_in() {
    NewSession what;
    what.tenant = "localhost";
    what.user = "viewer";
    return settled(sessions.create(what));
  }
  Stamper page(const SessionPtr& of) { return Stamper(settled(keys.create(*of))); }
  StampFault check(const std::string& text, const StampedCall& call, const SessionPtr& of) {
    Stamp stamp;
    EXPECT_EQ(parse_stamp(text, stamp), Code::kAllowed) << text;
    return use(stamp, call, of);
  }
  /// Checks the stamp, and claims it if it is valid.
  StampFault use(const Stamp& stamp, const StampedCall& call, const SessionPtr& of) {
    return settled(keys.claim(settled(keys.check(stamp, *of, call))));
  }
  StampFault check(const std::string& text, const StampedCall& call = kCall) {
    return check(text, call, session);
  }

  testing::JudgeBench bench{GetParam()};
  ManualClock& clock = bench.clock;
  SessionStore& sessions = *bench.sessions;
  PageKeys& keys = *bench.page_keys;
  SessionPtr session = log_in();
};
INSTANTIATE_TEST_SUITE_P(Of, PageKey, ::testing::Values(Stores::kAtHand, Stores::kAwaited),
                         testing::stores_name);

TEST_P(PageKey, StampsCallsOfItsSession) {
  Stamper own = page(session);
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kNone);
  EXPECT_EQ(check(own.stamp(kHost), kHost), StampFault::kNone);
  EXPECT_EQ(check(own.stamp(kCall), kCall, log_in()), StampFault::kUnknownKey);
}

TEST_P(PageKey, AStampIsValidForOneCall) {
  Stamper own = page(session);
  const std::string stamp = own.stamp(kCall);
  for (const StampedCall& other :
       {StampedCall{"hello-page", "GET", "/api/hello?x"},
        StampedCall{kHostCaller, "GET", "/api/hello?x"},
        StampedCall{"hello", "POST", "/api/hello?x"}, StampedCall{"hello", "GET", "/api/hello"},
        StampedCall{"hello", "GET", "/api/hello?y"}}) {
    EXPECT_EQ(check(stamp, other), StampFault::kWrongMac);
  }
  std::string counted = stamp;
  counted.replace(counted.find(".1.") + 1, 1, "2");
  EXPECT_EQ(check(counted), StampFault::kWrongMac);
  // None of these consumed the stamp or moved the window.
  EXPECT_EQ(check(stamp), StampFault::kNone);
  EXPECT_EQ(check(stamp), StampFault::kReplayed);
}

TEST_P(PageKey, EachPageHasItsOwnKey) {
  Stamper one = page(session);
  Stamper two = page(session);
  std::string mixed = one.stamp(kCall);
  mixed.replace(3, two.id.size(), two.id);
  EXPECT_EQ(check(mixed), StampFault::kWrongMac);
}

TEST_P(PageKey, EndsWithItsSession) {
  Stamper one = page(session);
  Stamper two = page(session);
  Stamper other = page(log_in());
  keys.end_session(session->serial);
  EXPECT_EQ(check(one.stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_EQ(check(two.stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_EQ(keys.size(), 1u);
  keys.end_session(session->serial);
}

TEST_P(PageKey, IsRenewedOnce) {
  Stamper old = page(session);
  Stamper fresh{settled(keys.renew(*session, old.id)).value()};
  EXPECT_EQ(check(old.stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_EQ(check(fresh.stamp(kCall)), StampFault::kNone);
  EXPECT_FALSE(settled(keys.renew(*session, old.id)));
  EXPECT_FALSE(settled(keys.renew(*log_in(), fresh.id)));
  EXPECT_EQ(keys.size(), 1u);
}

TEST_P(PageKey, EvictsTheLeastRecentlyUsedOfASession) {
  std::deque<Stamper> pages;
  for (std::size_t i = 0; i < limits::kMaxPageKeysPerSession; ++i) {
    clock.advance(1ms);
    pages.emplace_back(settled(keys.create(*session)));
  }
  clock.advance(1ms);
  EXPECT_EQ(check(pages[0].stamp(kCall)), StampFault::kNone);
  Stamper last = page(session);
  EXPECT_EQ(keys.size(), limits::kMaxPageKeysPerSession);
  EXPECT_EQ(check(pages[1].stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_EQ(check(pages[0].stamp(kCall)), StampFault::kNone);
  EXPECT_EQ(check(last.stamp(kCall)), StampFault::kNone);
}

TEST_P(PageKey, IsSuspendedAndResumedWithItsPage) {
  Stamper own = page(session);
  EXPECT_TRUE(
      settled(keys.change(*session, own.id, kPageSuspend, 1, own.page_mac(kPageSuspend, 1))));
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kAsleep);
  EXPECT_TRUE(settled(keys.change(*session, own.id, kPageResume, 2, own.page_mac(kPageResume, 2))));
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kNone);
  // A late or repeated suspend: the page is active.
  EXPECT_TRUE(
      settled(keys.change(*session, own.id, kPageSuspend, 1, own.page_mac(kPageSuspend, 1))));
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kNone);
}

TEST_P(PageKey, OnlyItsPageCanReleaseIt) {
  Stamper own = page(session);
  const std::string mac = own.page_mac(kPageRelease, 1);
  EXPECT_FALSE(
      settled(keys.change(*session, own.id, kPageRelease, 1, own.page_mac(kPageSuspend, 1))));
  EXPECT_FALSE(settled(keys.change(*session, own.id, kPageRelease, 2, mac)));
  EXPECT_FALSE(settled(keys.change(*log_in(), own.id, kPageRelease, 1, mac)));
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kNone);
  EXPECT_TRUE(settled(keys.change(*session, own.id, kPageRelease, 1, mac)));
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_FALSE(settled(keys.change(*session, own.id, kPageRelease, 1, mac)));
  EXPECT_FALSE(
      settled(keys.change(*session, own.id, kPageResume, 2, own.page_mac(kPageResume, 2))));
}

TEST_P(PageKey, CanEndForOnePlugin) {
  Stamper own = page(session);
  const std::string hoarded = own.stamp(kCall);
  keys.end_plugin({"localhost", "hello"});
  EXPECT_EQ(check(hoarded), StampFault::kPluginEnded);
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kPluginEnded);
  const StampedCall other{"other", "GET", "/api/hello?x"};
  EXPECT_EQ(check(own.stamp(other), other), StampFault::kNone);
  EXPECT_EQ(check(own.stamp(kHost), kHost), StampFault::kNone);
  keys.end_plugin({"acme.localhost", "other"});
  EXPECT_EQ(check(own.stamp(other), other), StampFault::kNone);
  Stamper fresh{settled(keys.renew(*session, own.id)).value()};
  EXPECT_EQ(check(fresh.stamp(kCall)), StampFault::kNone);
}

TEST_P(PageKey, EndsForAllPluginsWhenTooManyEnded) {
  Stamper own = page(session);
  for (std::size_t i = 0; i <= PageKeys::kMaxEnded; ++i) {
    keys.end_plugin({"localhost", "p" + std::to_string(i)});
  }
  EXPECT_EQ(check(own.stamp(kCall)), StampFault::kPluginEnded);
  EXPECT_EQ(check(own.stamp(kHost), kHost), StampFault::kNone);
  Stamper later = page(session);
  EXPECT_EQ(check(later.stamp(kCall)), StampFault::kNone);
}

TEST_P(PageKey, OtherTenantsAreUnaffectedWhenTooManyEnded) {
  NewSession what;
  what.tenant = "acme.localhost";
  what.user = "viewer";
  const SessionPtr theirs = settled(sessions.create(what));
  Stamper other = page(theirs);
  for (std::size_t i = 0; i <= PageKeys::kMaxEnded; ++i) {
    keys.end_plugin({"localhost", "p" + std::to_string(i)});
  }
  EXPECT_EQ(check(other.stamp(kCall), kCall, theirs), StampFault::kNone);
}

TEST_P(PageKey, EvictsTheLeastRecentlyUsedOfAnAccount) {
  std::vector<SessionPtr> own{session};
  while (own.size() * limits::kMaxPageKeysPerSession <= PageKeys::kMaxPerAccount) {
    own.push_back(log_in());
  }
  Stamper first = page(session);
  NewSession what;
  what.tenant = "localhost";
  what.user = "other";
  const SessionPtr theirs = settled(sessions.create(what));
  Stamper other = page(theirs);
  for (std::size_t i = 0; i < PageKeys::kMaxPerAccount; ++i) {
    clock.advance(10ms);
    (void)settled(keys.create(*own[1 + i % (own.size() - 1)]));
  }
  EXPECT_EQ(check(first.stamp(kCall)), StampFault::kUnknownKey);
  EXPECT_EQ(check(other.stamp(kCall), kCall, theirs), StampFault::kNone);
  EXPECT_EQ(keys.size(), PageKeys::kMaxPerAccount + 1);
  EXPECT_EQ(keys.replaced().of(Quota::kAccount), 1U);
}

TEST_P(PageKey, AStampThatIsOnlyCheckedIsNotUsedUp) {
  Stamper own = page(session);
  const std::string text = own.stamp(kCall);
  Stamp stamp;
  ASSERT_EQ(parse_stamp(text, stamp), Code::kAllowed);
  const StampCheck first = settled(keys.check(stamp, *session, kCall));
  const StampCheck second = settled(keys.check(stamp, *session, kCall));
  EXPECT_EQ(first.fault, StampFault::kNone);
  EXPECT_EQ(second.fault, StampFault::kNone);
  EXPECT_EQ(settled(keys.claim(first)), StampFault::kNone);
  EXPECT_EQ(settled(keys.claim(second)), StampFault::kReplayed);
  EXPECT_EQ(settled(keys.check(stamp, *session, kCall)).fault, StampFault::kReplayed);
}

TEST_P(PageKey, ThatEndsBetweenCheckAndClaimTakesNothing) {
  Stamper own = page(session);
  const std::string text = own.stamp(kCall);
  Stamp stamp;
  ASSERT_EQ(parse_stamp(text, stamp), Code::kAllowed);
  const StampCheck checked = settled(keys.check(stamp, *session, kCall));
  keys.end_session(session->serial);
  EXPECT_EQ(settled(keys.claim(checked)), StampFault::kUnknownKey);
}

TEST_P(PageKey, AcceptsAStampOnceAcrossThreads) {
  Stamper own = page(session);
  constexpr int kStamps = 200;
  std::vector<std::string> stamps;
  for (int i = 0; i < kStamps; ++i) stamps.push_back(own.stamp(kCall));
  std::atomic<int> taken{0};
  std::atomic<int> replayed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kStamps; ++i) {
        // Each thread in a different order.
        const std::string& text = stamps[static_cast<std::size_t>((i * 7 + t * 50) % kStamps)];
        Stamp stamp;
        if (parse_stamp(text, stamp) != Code::kAllowed) continue;
        const StampFault fault = use(stamp, kCall, session);
        if (fault == StampFault::kNone) ++taken;
        if (fault == StampFault::kReplayed) ++replayed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, kStamps);
  EXPECT_EQ(replayed, 3 * kStamps);
}

TEST_P(PageKey, AcceptsNothingAfterItsSessionEnded) {
  for (int round = 0; round < 50; ++round) {
    const SessionPtr own = log_in();
    Stamper stamper = page(own);
    std::vector<std::string> stamps;
    for (int i = 0; i < 50; ++i) stamps.push_back(stamper.stamp(kCall));
    std::atomic<bool> over{false};
    std::atomic<int> late{0};
    std::thread caller([&] {
      for (const std::string& text : stamps) {
        Stamp stamp;
        if (parse_stamp(text, stamp) != Code::kAllowed) continue;
        const bool ended_before = over.load();
        if (use(stamp, kCall, own) == StampFault::kNone && ended_before) ++late;
      }
    });
    keys.end_session(own->serial);
    over = true;
    caller.join();
    EXPECT_EQ(late, 0);
  }
}

}  // namespace
}  // namespace portcullis::bff
