#include "base/random.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace portcullis::bff {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> kValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}();

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) {
    throw std::runtime_error("the random generator has no entropy");
  }
}

std::string random_token(std::size_t bytes) {
  std::vector<std::uint8_t> raw(bytes);
  random_bytes(raw);
  std::string token = base64url_encode(raw);
  OPENSSL_cleanse(raw.data(), raw.size());
  return token;
}

std::string random_request_id() {
  // RAND_bytes costs a lock and a cipher call. Request ids need no secrecy, so each thread fetches
  // bytes for 64 ids at once.
  struct Block {
    std::array<std::uint8_t, 1024> bytes{};
    std::size_t used = 1024;
  };
  thread_local Block block;
  if (block.used == block.bytes.size()) {
    random_bytes(block.bytes);
    block.used = 0;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint8_t byte = block.bytes[block.used++];
    id[2 * i] = kHex[byte >> 4U];
    id[2 * i + 1] = kHex[byte & 15U];
  }
  return id;
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    count += 8;
    while (count >= 6) {
      count -= 6;
      text.push_back(kAlphabet[(bits >> count) & 63U]);
    }
  }
  if (count > 0) text.push_back(kAlphabet[(bits << (6 - count)) & 63U]);
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = base64url_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>((bits >> count) & 255U));
    }
  }
  if ((bits & ((1U << count) - 1U)) != 0) return std::nullopt;
  return bytes;
}

int base64url_value(char c) noexcept { return kValues[static_cast<unsigned char>(c)]; }

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  // Like CRYPTO_memcmp, by words: the time depends on the length only.
  std::uint64_t difference = 0;
  std::size_t at = 0;
  for (; at + 8 <= a.size(); at += 8) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, a.data() + at, 8);
    std::memcpy(&right, b.data() + at, 8);
    difference |= left ^ right;
  }
  return CRYPTO_memcmp(a.data() + at, b.data() + at, a.size() - at) == 0 && difference == 0;
}

}  // namespace portcullis::bff
