#include "base/random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace portcullis::bff {
namespace {

TEST(Random, TokensDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = random_token();
    EXPECT_EQ(token.size(), 43U);
    EXPECT_TRUE(seen.insert(token).second);
  }
}

}  // namespace
}  // namespace portcullis::bff
