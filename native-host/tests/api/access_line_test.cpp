// The level of a request's log line.
#include <gtest/gtest.h>

#include "api/gateway.hpp"

namespace portcullis::bff {
namespace {

TEST(AccessLine, IsAnErrorOnlyIfTheServerOrAnUpstreamIsAtFault) {
  for (const unsigned status : {200U, 304U, 400U, 401U, 403U, 404U, 429U, 501U, 505U}) {
    EXPECT_EQ(access_level(status), LogLevel::kInfo) << status;
  }
  for (const unsigned status : {500U, 502U, 503U, 504U, 507U}) {
    EXPECT_EQ(access_level(status), LogLevel::kError) << status;
  }
}

}  // namespace
}  // namespace portcullis::bff
