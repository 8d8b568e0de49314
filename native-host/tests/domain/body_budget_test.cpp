#include "domain/body_budget.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::bff {
namespace {

constexpr std::size_t kFree = BodyAllowance::kFreeBytes;

TEST(BodyBudget, CountsBytesAboveTheFreeAmount) {
  BodyBudget budget({.total = 1000, .per_account = 1000, .per_address = 1000});
  const auto body = budget.open("u1", "a");
  EXPECT_EQ(body->hold(kFree), Code::kAllowed);
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_EQ(body->hold(kFree + 600), Code::kAllowed);
  EXPECT_EQ(budget.held(), 600U);
  EXPECT_EQ(body->hold(kFree + 100), Code::kAllowed);
  EXPECT_EQ(budget.held(), 100U);
  EXPECT_EQ(body->hold(0), Code::kAllowed);
  EXPECT_EQ(budget.held(), 0U);
}

TEST(BodyBudget, ReleasesABodysBytesAtItsEnd) {
  BodyBudget budget({.total = 1000, .per_account = 1000, .per_address = 1000});
  {
    const auto body = budget.open("u1", "a");
    EXPECT_EQ(body->hold(kFree + 1000), Code::kAllowed);
  }
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_EQ(budget.open("u1", "a")->hold(kFree + 1000), Code::kAllowed);
}

TEST(BodyBudget, LimitsBySessionAddressAndTotal) {
  BodyBudget budget({.total = 1000, .per_account = 300, .per_address = 600});
  const auto first = budget.open("u1", "a");
  EXPECT_EQ(first->hold(kFree + 301), Code::kBodyMemoryLimit);
  EXPECT_EQ(first->hold(kFree + 300), Code::kAllowed);
  const auto second = budget.open("u1", "b");
  EXPECT_EQ(second->hold(kFree + 1), Code::kBodyMemoryLimit) << "the session, from another address";
  const auto third = budget.open("u2", "a");
  EXPECT_EQ(third->hold(kFree + 300), Code::kAllowed);
  const auto fourth = budget.open("u3", "a");
  EXPECT_EQ(fourth->hold(kFree + 1), Code::kBodyMemoryLimit) << "the address, in another session";
  const auto fifth = budget.open("u4", "c");
  EXPECT_EQ(fifth->hold(kFree + 300), Code::kAllowed);
  const auto sixth = budget.open("u5", "d");
  EXPECT_EQ(sixth->hold(kFree + 101), Code::kOverloaded);
  EXPECT_EQ(sixth->hold(kFree + 100), Code::kAllowed);
  EXPECT_EQ(budget.refused(), 4U);
  EXPECT_EQ(budget.held(), 1000U);
}

TEST(BodyBudget, ARefusedBodyKeepsItsBytes) {
  BodyBudget budget({.total = 100, .per_account = 100, .per_address = 100});
  const auto body = budget.open("u1", "a");
  EXPECT_EQ(body->hold(kFree + 60), Code::kAllowed);
  EXPECT_EQ(body->hold(kFree + 160), Code::kBodyMemoryLimit);
  EXPECT_EQ(budget.held(), 60U);
}

TEST(BodyBudget, WithoutASessionTheAddressCounts) {
  BodyBudget budget({.total = 1000, .per_account = 10, .per_address = 100});
  const auto body = budget.open("", "a");
  EXPECT_EQ(body->hold(kFree + 100), Code::kAllowed);
  EXPECT_EQ(budget.open("", "a")->hold(kFree + 1), Code::kBodyMemoryLimit);
  EXPECT_EQ(budget.open("", "b")->hold(kFree + 1), Code::kAllowed);
}

TEST(BodyBudget, ALowerLimitReleasesNothing) {
  BodyBudget budget({.total = 1000, .per_account = 1000, .per_address = 1000});
  const auto body = budget.open("u1", "a");
  EXPECT_EQ(body->hold(kFree + 500), Code::kAllowed);
  budget.set_limits({.total = 100, .per_account = 100, .per_address = 100});
  EXPECT_EQ(body->hold(kFree + 501), Code::kBodyMemoryLimit);
  EXPECT_EQ(body->hold(kFree + 400), Code::kAllowed) << "holding less is always allowed";
}

}  // namespace
}  // namespace portcullis::bff
