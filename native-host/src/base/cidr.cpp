#include "base/cidr.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace portcullis::bff {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Parses an address into 16 bytes; `v4` tells its notation.
bool parse_address(std::string_view text, std::array<std::uint8_t, 16>& out, bool& v4) {
  const std::string copy(text);  // inet_pton needs a terminator
  if (copy.find('\0') != std::string::npos) return false;
  if (inet_pton(AF_INET, copy.c_str(), out.data() + 12) == 1) {
    std::memcpy(out.data(), kMapped.data(), kMapped.size());
    v4 = true;
    return true;
  }
  v4 = false;
  return inet_pton(AF_INET6, copy.c_str(), out.data()) == 1;
}

bool bit(const std::array<std::uint8_t, 16>& bytes, int index) {
  return (bytes[static_cast<std::size_t>(index / 8)] >> (7 - index % 8)) & 1;
}

}  // namespace

std::optional<Cidr> Cidr::parse(std::string_view text) {
  Cidr result;
  const std::size_t slash = text.find('/');
  bool v4 = false;
  if (!parse_address(text.substr(0, slash), result.bytes_, v4)) return std::nullopt;
  if (slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    int prefix = -1;
    const auto [last, error] =
        std::from_chars(length.data(), length.data() + length.size(), prefix);
    if (error != std::errc{} || last != length.data() + length.size() || prefix < 0 ||
        prefix > (v4 ? 32 : 128)) {
      return std::nullopt;
    }
    result.prefix_ = v4 ? prefix + 96 : prefix;
  }
  for (int i = result.prefix_; i < 128; ++i) {
    if (bit(result.bytes_, i)) return std::nullopt;
  }
  return result;
}

bool Cidr::contains(std::string_view address) const {
  std::array<std::uint8_t, 16> bytes{};
  bool v4 = false;
  if (!parse_address(address, bytes, v4)) return false;
  for (int i = 0; i < prefix_; ++i) {
    if (bit(bytes, i) != bit(bytes_, i)) return false;
  }
  return true;
}

}  // namespace portcullis::bff
