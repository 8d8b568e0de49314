#include "domain/owner_quotas.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace portcullis::bff {
namespace {

struct Item {
  int name;
  int last;
  [[nodiscard]] int used() const { return last; }
};
using ItemPtr = std::shared_ptr<Item>;

class OwnerQuotasTest : public ::testing::Test {
 protected:
  ItemPtr put(const Owner& owner, int name, int used) {
    auto item = std::make_shared<Item>(Item{name, used});
    quotas.add(owner, item);
    return item;
  }
  int victim(const Owner& owner, const OwnerLimits& limits) {
    const auto found = quotas.next_victim(owner, limits);
    return found ? found->entry->name : 0;
  }
  OwnerQuotas<ItemPtr> quotas;
};

TEST_F(OwnerQuotasTest, AnAccountLosesItsLeastRecentlyUsedEntry) {
  const Owner a{"t", "a", "1"};
  const auto first = put(a, 1, 10);
  put(a, 2, 5);
  put({"t", "b", "1"}, 3, 1);
  EXPECT_EQ(victim(a, {3, 9, 9}), 0);
  EXPECT_EQ(victim(a, {2, 9, 9}), 2);
  first->last = 1;
  EXPECT_EQ(victim(a, {2, 9, 9}), 1);
  EXPECT_EQ(victim({"u", "a", "2"}, {1, 9, 9}), 0) << "the same name elsewhere is another account";
}

TEST_F(OwnerQuotasTest, AFullGroupEvictsFromItsLargestAccount) {
  put({"t", "quiet", "1"}, 1, 1);
  put({"t", "flood", "1"}, 2, 5);
  put({"t", "flood", "1"}, 3, 6);
  EXPECT_EQ(victim({"t", "new", "1"}, {9, 3, 9}), 2) << "the address";
  EXPECT_EQ(victim({"t", "new", "2"}, {9, 9, 3}), 2) << "the tenant";
  EXPECT_EQ(victim({"u", "new", "2"}, {9, 9, 3}), 0) << "another tenant";
  EXPECT_EQ(victim({"u", "new", "1"}, {9, 3, 9}), 0)
      << "an address counts separately in each tenant";
}

TEST_F(OwnerQuotasTest, AmongEqualAccountsTheFirstLosesAnEntry) {
  put({"t", "b", ""}, 1, 9);
  put({"t", "a", ""}, 2, 1);
  EXPECT_EQ(victim({"t", "c", ""}, {9, 9, 2}), 1);
}

TEST_F(OwnerQuotasTest, ForgetsWhatIsRemoved) {
  const Owner a{"t", "a", "1"};
  const auto item = put(a, 1, 1);
  quotas.remove({"t", "b", "1"}, item);
  EXPECT_FALSE(quotas.empty());
  quotas.remove(a, item);
  quotas.remove(a, item);
  EXPECT_TRUE(quotas.empty());
}

}  // namespace
}  // namespace portcullis::bff
