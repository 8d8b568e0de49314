#include "portcullis/integrity.hpp"

#include <cstddef>

#include "base64.hpp"

namespace portcullis {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kHexLength = 2 * kDigestBytes;
constexpr std::size_t kBase64Length = 44;  // 43 characters and one '='

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Checks the text as a whole, before its hash.
Code check_frame(std::string_view text) noexcept {
  if (text.empty()) return Code::kIntegrityEmpty;
  // SRI separates hashes by white space and options by '?'. A browser uses the strongest hash of a
  // list, so a list could mean one thing to a reader and another to the page.
  bool word_before = false;
  bool space_after_word = false;
  for (const char c : text) {
    if (is_space(c)) {
      space_after_word = word_before;
    } else if (space_after_word || (c == '?' && word_before)) {
      return Code::kIntegrityMultiple;
    } else {
      word_before = true;
    }
  }
  if (!word_before) return Code::kIntegrityEmpty;
  if (is_space(text.front()) || is_space(text.back())) return Code::kIntegrityMalformed;
  return Code::kAllowed;
}

bool is_algorithm_name(std::string_view name) noexcept {
  if (name.empty()) return false;
  for (const char c : name) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric) return false;
  }
  return true;
}

bool is_sha256_of_other_case(std::string_view name) noexcept {
  if (name.size() != kIntegrityAlgorithm.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char lower =
        name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
    if (lower != kIntegrityAlgorithm[i]) return false;
  }
  return true;
}

Code parse_hex(std::string_view hex, Integrity& out) noexcept {
  for (const char c : hex) {
    if (hex_value(c) < 0) return Code::kIntegrityMalformed;
  }
  if (hex.size() != kHexLength) return Code::kIntegrityWrongLength;
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    out.digest[i] =
        static_cast<std::uint8_t>(hex_value(hex[2 * i]) * 16 + hex_value(hex[2 * i + 1]));
  }
  return Code::kAllowed;
}

Code parse_base64(std::string_view text, Integrity& out) noexcept {
  // Accepts either alphabet and any padding here, to report what is wrong with them.
  const std::size_t padding_at = text.find('=');
  const std::string_view digits = text.substr(0, padding_at);
  const std::string_view padding =
      padding_at == std::string_view::npos ? std::string_view{} : text.substr(padding_at);
  bool url_alphabet = false;
  for (const char c : digits) {
    if (c == '-' || c == '_') {
      url_alphabet = true;
    } else if (base64_value(c) < 0) {
      return Code::kIntegrityMalformed;
    }
  }
  if (padding.find_first_not_of('=') != std::string_view::npos) return Code::kIntegrityMalformed;
  if (digits.size() != kBase64Length - 1) return Code::kIntegrityWrongLength;
  // RFC 4648, sections 3.2, 3.5 and 5: each of these would give a hash a second spelling.
  if (url_alphabet || padding.size() != 1) return Code::kIntegrityNotCanonical;
  if ((base64_value(digits.back()) & 3) != 0) return Code::kIntegrityNotCanonical;

  std::uint32_t bits = 0;
  int held = 0;
  std::size_t byte = 0;
  for (const char c : digits) {
    bits = (bits << 6) | static_cast<std::uint32_t>(base64_value(c));
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.digest[byte++] = static_cast<std::uint8_t>((bits >> held) & 0xFF);
    }
  }
  return Code::kAllowed;
}

Code parse(std::string_view text, bool sri_only, Integrity& out) noexcept {
  if (const Code code = check_frame(text); code != Code::kAllowed) return code;
  const std::size_t separator = text.find_first_of("-:");
  if (separator == std::string_view::npos) return Code::kIntegrityMalformed;
  const std::string_view algorithm = text.substr(0, separator);
  const std::string_view hash = text.substr(separator + 1);
  if (algorithm != kIntegrityAlgorithm) {
    return is_algorithm_name(algorithm) && !is_sha256_of_other_case(algorithm)
               ? Code::kIntegrityUnsupportedAlgorithm
               : Code::kIntegrityMalformed;
  }
  if (text[separator] == '-') return parse_base64(hash, out);
  return sri_only ? Code::kIntegrityNotSri : parse_hex(hash, out);
}

}  // namespace

std::string Integrity::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(kHexLength);
  for (const std::uint8_t byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string Integrity::sri() const {
  std::string text(kIntegrityAlgorithm);
  text.reserve(text.size() + 1 + kBase64Length);
  text.push_back('-');
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : digest) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text.push_back(kBase64[(bits >> held) & 63]);
    }
  }
  text.push_back(kBase64[(bits << (6 - held)) & 63]);  // 256 bits leave four for the last digit
  text.push_back('=');
  return text;
}

Code parse_integrity(std::string_view text, Integrity& out) noexcept {
  return parse(text, false, out);
}

Code parse_sri(std::string_view text, Integrity& out) noexcept { return parse(text, true, out); }

}  // namespace portcullis
