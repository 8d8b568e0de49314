#include "base/hmac.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/encoding.hpp"

namespace portcullis::bff {
namespace {

std::string hex(const Mac& mac) {
  std::string out;
  for (const std::uint8_t byte : mac) {
    out += "0123456789abcdef"[byte >> 4U];
    out += "0123456789abcdef"[byte & 15U];
  }
  return out;
}

std::vector<std::uint8_t> bytes(std::string_view text) { return {text.begin(), text.end()}; }

// RFC 4231, test cases 1, 2 and 6.
TEST(Hmac, MatchesRfc4231) {
  EXPECT_EQ(hex(HmacKey(std::vector<std::uint8_t>(20, 0x0b)).mac("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(HmacKey(bytes("Jefe")).mac("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(HmacKey(std::vector<std::uint8_t>(131, 0xaa))
                    .mac("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, VerifiesOnlyTheCanonicalText) {
  const HmacKey key(bytes("Jefe"));
  const std::string right = base64url_encode(key.mac("text"));
  EXPECT_TRUE(key.verify("text", right));
  EXPECT_FALSE(key.verify("texT", right));
  EXPECT_FALSE(key.verify("text", right.substr(1)));
  EXPECT_FALSE(key.verify("text", right + "="));
  EXPECT_FALSE(key.verify("text", ""));
}

TEST(Hmac, IsThreadSafe) {
  const HmacKey key(bytes("Jefe"));
  const Mac right = key.mac("what do ya want for nothing?");
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        if (key.mac("what do ya want for nothing?") != right) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace portcullis::bff
