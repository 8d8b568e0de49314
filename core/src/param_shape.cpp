#include "portcullis/param_shape.hpp"

#include <algorithm>

#include "path_bytes.hpp"
#include "segment_regex.hpp"

namespace portcullis {
namespace {

using path_bytes::hex_value;
using path_bytes::is_digit;

bool is_hex(char c) noexcept { return hex_value(static_cast<unsigned char>(c)) >= 0; }
bool is_digit_at(std::string_view text, std::size_t i) noexcept {
  return is_digit(static_cast<unsigned char>(text[i]));
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_int(std::string_view text) noexcept {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  // Texts of 19 digits compare like the numbers.
  constexpr std::string_view kMax = "9223372036854775807";
  constexpr std::string_view kMin = "9223372036854775808";
  if (text.empty() || text.size() > kMax.size()) return false;
  if (text.front() == '0' && text.size() > 1) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return is_digit(static_cast<unsigned char>(c)); })) {
    return false;
  }
  return text.size() < kMax.size() || text <= (negative ? kMin : kMax);
}

bool is_slug(std::string_view text) noexcept {
  bool word = false;  // the previous byte belongs to a word
  for (const char c : text) {
    if (c == '-') {
      if (!word) return false;
      word = false;
    } else if ((c >= 'a' && c <= 'z') || is_digit(static_cast<unsigned char>(c))) {
      word = true;
    } else {
      return false;
    }
  }
  return word;
}

// ISO 8601 in the proleptic Gregorian calendar; the year 0000 is a leap year.
bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (!is_digit_at(text, i)) return false;
  }
  const auto number = [text](std::size_t from, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(from, size)) value = value * 10 + (c - '0');
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  if (month < 1 || month > 12) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

}  // namespace

std::optional<NamedShape> parse_shape(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    if (kShapes[i].name == name) return static_cast<NamedShape>(i);
  }
  return std::nullopt;
}

std::string_view name(NamedShape shape) noexcept {
  return kShapes[static_cast<std::size_t>(shape)].name;
}

bool matches_shape(NamedShape shape, std::string_view decoded) noexcept {
  if (decoded.size() > kShapes[static_cast<std::size_t>(shape)].max_bytes) return false;
  switch (shape) {
    case NamedShape::kUuid:
      return is_uuid(decoded);
    case NamedShape::kInt:
      return is_int(decoded);
    case NamedShape::kSlug:
      return is_slug(decoded);
    case NamedShape::kDate:
      return is_date(decoded);
    case NamedShape::kHex:
      return !decoded.empty() && std::all_of(decoded.begin(), decoded.end(), is_hex);
  }
  return false;
}

std::string_view ParamMatcher::rule() const noexcept {
  return kind_ == ParamSpec::kNamed ? kShapes[static_cast<std::size_t>(named_)].rule
                                    : std::string_view();
}

bool ParamMatcher::matches(std::string_view decoded) const noexcept {
  switch (kind_) {
    case ParamSpec::kNamed:
      return matches_shape(named_, decoded);
    case ParamSpec::kChoices:
      return std::binary_search(choices_.begin(), choices_.end(), decoded);
    case ParamSpec::kRegex:
      return regex_->matches(decoded);
  }
  return false;
}

}  // namespace portcullis
