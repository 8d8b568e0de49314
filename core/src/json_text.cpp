#include "json_text.hpp"

#include <algorithm>

#include "portcullis/utf8.hpp"

namespace portcullis::json::text {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Reads four hexadecimal digits at `p`; returns -1 with `p` at the first invalid byte.
std::int32_t hex4(char*& p) noexcept {
  std::int32_t value = 0;
  for (int i = 0; i < 4; ++i, ++p) {
    const char lower = static_cast<char>(*p | 0x20);
    if (is_digit(*p)) {
      value = value * 16 + (*p - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return value;
}

char* put_utf8(char32_t c, char* out) noexcept {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
  return out;
}

// Decodes what follows "\u".
Fault decode_unicode(char*& p, char*& out) noexcept {
  constexpr const char* kDigits = "invalid string: '\\u' must be followed by 4 hex digits";
  constexpr const char* kHigh =
      "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";
  constexpr const char* kLow =
      "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";
  const std::int32_t first = hex4(p);
  if (first < 0) return {p, kDigits};
  auto code_point = static_cast<char32_t>(first);
  if (first >= 0xdc00 && first <= 0xdfff) return {p - 1, kLow};
  if (first >= 0xd800 && first <= 0xdbff) {
    if (*p != '\\') return {p, kHigh};
    ++p;
    if (*p != 'u') return {p, kHigh};
    ++p;
    const std::int32_t second = hex4(p);
    if (second < 0) return {p, kDigits};
    if (second < 0xdc00 || second > 0xdfff) return {p - 1, kHigh};
    code_point = static_cast<char32_t>(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
  }
  out = put_utf8(code_point, out);
  return {};
}

// Decodes what follows a backslash.
Fault decode_escape(char*& p, char*& out) noexcept {
  char c = *p;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      break;
    case 'b':
      c = '\b';
      break;
    case 'f':
      c = '\f';
      break;
    case 'n':
      c = '\n';
      break;
    case 'r':
      c = '\r';
      break;
    case 't':
      c = '\t';
      break;
    case 'u':
      return decode_unicode(++p, out);
    default:
      return {p, "invalid string: forbidden character after backslash"};
  }
  ++p;
  *out++ = c;
  return {};
}

// Copies a multi-byte sequence.
Fault copy_sequence(char*& p, const char* end, char*& out) noexcept {
  const std::string_view rest(p, static_cast<std::size_t>(end - p));
  std::size_t length = 0;
  const char32_t code_point = utf8::decode_at(rest, 0, length);
  if (code_point == 0xfffd && rest.substr(0, 3) != "\xef\xbf\xbd") {
    // The first byte cannot lead a sequence, or a later byte is not a valid continuation.
    const auto first = static_cast<unsigned char>(*p);
    const bool leads = first >= 0xc2 && first <= 0xf4;
    return {p + (leads ? length : 0), "invalid string: ill-formed UTF-8 byte"};
  }
  std::memmove(out, p, length);
  out += length;
  p += length;
  return {};
}

}  // namespace

Fault decode_string(char*& p, const char* end, std::size_t& size) noexcept {
  char* const start = p;
  char* out = p;
  for (;;) {
    char* const stop = skip_plain(p, end);
    if (out != p) std::memmove(out, p, static_cast<std::size_t>(stop - p));
    out += stop - p;
    p = stop;
    Fault fault;
    if (*p == '"') {
      ++p;
      size = static_cast<std::size_t>(out - start);
      return {};
    }
    if (*p == '\\') {
      fault = decode_escape(++p, out);
    } else if (static_cast<unsigned char>(*p) >= 0x80) {
      fault = copy_sequence(p, end, out);
    } else {
      return {p, p == end ? "invalid string: missing closing quote"
                          : "invalid string: a control character must be escaped"};
    }
    if (fault.reason != nullptr) return fault;
  }
}

Fault skip_number(const char*& p, bool& integer) noexcept {
  integer = true;
  if (*p == '-') ++p;
  if (!is_digit(*p)) return {p, "invalid number; expected digit after '-'"};
  if (*p++ != '0') {
    while (is_digit(*p)) ++p;
  }
  if (*p == '.') {
    integer = false;
    if (!is_digit(*++p)) return {p, "invalid number; expected digit after '.'"};
    while (is_digit(*p)) ++p;
  }
  if ((*p | 0x20) == 'e') {
    integer = false;
    ++p;
    const bool sign = *p == '+' || *p == '-';
    if (sign) ++p;
    if (!is_digit(*p)) {
      return {p, sign ? "invalid number; expected digit after exponent sign"
                      : "invalid number; expected '+', '-', or digit after exponent"};
    }
    while (is_digit(*p)) ++p;
  }
  return {};
}

bool is_finite(std::string_view number) noexcept {
  // 2^1024 - 2^970: from here on the nearest double (ties to even) is infinity.
  constexpr std::string_view kInfinite =
      "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
      "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
      "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
      "936475292719074168444365510704342711559699508093042880177904174497792";
  constexpr std::int64_t kFar = 1'000'000'000'000;  // more digits than any text has
  const std::size_t mantissa_end = std::min(number.find_first_of("eE"), number.size());
  std::string_view mantissa = number.substr(0, mantissa_end);
  if (mantissa.front() == '-') mantissa.remove_prefix(1);
  std::int64_t exponent = 0;
  bool below = false;
  for (std::size_t i = mantissa_end + 1; i < number.size(); ++i) {
    if (is_digit(number[i])) {
      if (exponent < kFar) exponent = exponent * 10 + (number[i] - '0');
    } else {
      below = number[i] == '-';
    }
  }
  if (below) exponent = -exponent;
  // The value is d.ddd times 10^exponent.
  const std::size_t first = mantissa.find_first_not_of("0.");
  if (first == std::string_view::npos) return true;
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  exponent += static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (first < point) --exponent;
  if (exponent != static_cast<std::int64_t>(kInfinite.size()) - 1) {
    return exponent < static_cast<std::int64_t>(kInfinite.size());
  }
  std::size_t at = first;
  for (const char limit : kInfinite) {
    if (at == point) ++at;
    const char digit = at < mantissa.size() ? mantissa[at++] : '0';
    if (digit != limit) return digit < limit;
  }
  return false;
}

}  // namespace portcullis::json::text
