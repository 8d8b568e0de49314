#include "base/keyed_hash.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <numeric>
#include <set>
#include <span>

#include "colliding_texts.hpp"
#include "domain/tenant_key.hpp"

namespace portcullis::bff {
namespace {

/// OpenSSL's SipHash-2-4, which needs a context per text.
std::uint64_t reference(std::span<const std::uint8_t, 16> key, std::string_view text) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
      EVP_MAC_fetch(nullptr, "SIPHASH", nullptr), &EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_new(mac.get()), &EVP_MAC_CTX_free);
  std::size_t size = 8;
  const std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                         OSSL_PARAM_construct_end()};
  EXPECT_EQ(EVP_MAC_init(context.get(), key.data(), key.size(), params.data()), 1);
  EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::uint64_t out = 0;
  EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(&out), &size, sizeof out);
  return out;
}

TEST(KeyedHash, MatchesSipHash) {
  std::array<std::uint8_t, 16> bytes{};
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  SipKey key;
  std::memcpy(&key.low, bytes.data(), 8);
  std::memcpy(&key.high, bytes.data() + 8, 8);
  std::string text;
  // The paper's example (appendix A): 15 bytes.
  for (char c = 0; c < 15; ++c) text.push_back(c);
  EXPECT_EQ(siphash24(key, text), 0xa129ca6149be45e5ULL);
  text.clear();
  for (int size = 0; size < 80; ++size) {
    EXPECT_EQ(siphash24(key, text), reference(bytes, text)) << size;
    text.push_back(static_cast<char>(size * 37));
  }
}

TEST(KeyedHash, SeparatesStdHashCollisions) {
  const std::vector<std::string> texts = testing::colliding_texts(4'000);
  std::set<std::size_t> plain;
  std::set<std::size_t> keyed;
  for (const std::string& text : texts) {
    plain.insert(std::hash<std::string>{}(text));
    keyed.insert(KeyedHash{}(text));
  }
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size());
  EXPECT_EQ(plain.size(), 1U) << "made for another standard library";
  EXPECT_GT(keyed.size(), texts.size() - 2);
}

TEST(KeyedHash, SpreadsClientChosenKeys) {
  const std::vector<std::string> texts = testing::colliding_texts(4'000);
  KeyedSet set(texts.begin(), texts.end());
  TenantPluginMap<int> plugins;
  for (const std::string& text : texts) plugins[TenantPlugin({"localhost", text})] = 1;
  const auto longest = [](const auto& table) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < table.bucket_count(); ++i) {
      most = std::max(most, table.bucket_size(i));
    }
    return most;
  };
  EXPECT_LT(longest(set), 16U);
  EXPECT_LT(longest(plugins), 16U);
}

TEST(TenantPluginHash, DependsOnBothPartsAndTheirBoundary) {
  const TenantPluginHash hash;
  EXPECT_EQ(hash(TenantPluginView{"a", "b"}), hash(TenantPlugin({"a", "b"})));
  EXPECT_NE(hash(TenantPluginView{"a", "b"}), hash(TenantPluginView{"b", "a"}));
  EXPECT_NE(hash(TenantPluginView{"ab", "c"}), hash(TenantPluginView{"a", "bc"}));
}

}  // namespace
}  // namespace portcullis::bff
