#include "http/byte_range.hpp"

#include <charconv>
#include <optional>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {

/// Parses digits; an overflow gives the maximum. Nullopt if there are other characters.
std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  return error == std::errc{} ? value : static_cast<std::size_t>(-1);
}

/// Returns false if malformed. A range after the end of the file is skipped.
bool add_range(std::string_view spec, std::size_t total, std::vector<ByteRange>& out) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return false;
  const auto last = number(spec.substr(dash + 1));
  if (dash == 0) {  // the last N bytes
    if (!last) return false;
    const std::size_t size = *last < total ? *last : total;
    if (size > 0) out.push_back({total - size, size});
    return true;
  }
  const auto first = number(spec.substr(0, dash));
  if (!first || (!last && dash + 1 != spec.size()) || (last && *last < *first)) return false;
  if (*first >= total) return true;
  const std::size_t end = last && *last < total ? *last + 1 : total;
  out.push_back({*first, end - *first});
  return true;
}

}  // namespace

RangeAnswer read_ranges(std::string_view value, std::size_t total, std::vector<ByteRange>& out) {
  out.clear();
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !iequals(trim_ows(value.substr(0, equals)), "bytes")) {
    return RangeAnswer::kWhole;
  }
  std::size_t asked = 0;
  bool proper = true;
  each_list_element(value.substr(equals + 1), [&](std::string_view spec) {
    proper = proper && ++asked <= kMaxRanges && add_range(spec, total, out);
  });
  if (!proper || asked == 0) return RangeAnswer::kWhole;
  if (out.empty()) return RangeAnswer::kUnsatisfiable;
  if (out.size() > 1) {
    std::size_t bytes = 0;
    for (const ByteRange& range : out) bytes += range.size;
    if (bytes > total || bytes > kMaxRangesBytes) return RangeAnswer::kWhole;
  }
  return RangeAnswer::kParts;
}

}  // namespace portcullis::bff
