#include "portcullis/stamp.hpp"

#include "base64.hpp"
#include "decimal.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

namespace {

constexpr std::string_view kVersion = "v1.";

/// Takes `chars` of base64url from the front of `rest`; the `unused` low bits of the last one must
/// be zero.
bool take_base64url(std::string_view& rest, std::size_t chars, unsigned unused,
                    std::string_view& out) noexcept {
  if (rest.size() < chars) return false;
  out = rest.substr(0, chars);
  rest.remove_prefix(chars);
  int last = 0;
  for (const char c : out) {
    last = base64_value(c, '-', '_');
    if (last < 0) return false;
  }
  return (static_cast<unsigned>(last) & ((1U << unused) - 1U)) == 0;
}

bool take(std::string_view& rest, std::string_view text) noexcept {
  if (rest.substr(0, text.size()) != text) return false;
  rest.remove_prefix(text.size());
  return true;
}

bool take_counter(std::string_view& rest, std::uint64_t& out) noexcept {
  if (rest.empty() || rest[0] == '0') return false;
  const std::size_t digits = read_decimal(rest, out);
  rest.remove_prefix(digits);
  return digits > 0 && out <= kMaxStampCounter;
}

void add_line(std::string& out, std::string_view line) {
  out.append(line.data(), line.size());
  out.push_back('\n');
}

}  // namespace

Code parse_stamp(std::string_view value, Stamp& out) noexcept {
  Stamp stamp;
  if (value.size() > limits::kMaxStampBytes || !take(value, kVersion) ||
      !take_base64url(value, kStampKeyIdChars, 4, stamp.key_id) || !take(value, ".") ||
      !take_counter(value, stamp.counter) || !take(value, ".") ||
      !take_base64url(value, kStampMacChars, 2, stamp.mac) || !value.empty()) {
    return Code::kStampInvalid;
  }
  out = stamp;
  return Code::kAllowed;
}

void stamp_message(std::string& out, std::string_view key_id, std::string_view caller,
                   std::string_view method, std::string_view target, std::uint64_t counter) {
  out.clear();
  add_line(out, "portcullis-stamp-v1");
  add_line(out, key_id);
  add_line(out, caller);
  add_line(out, method);
  add_line(out, target);
  append_decimal(out, counter);
}

bool is_page_change(std::string_view change) noexcept {
  return change == kPageRelease || change == kPageSuspend || change == kPageResume;
}

void page_message(std::string& out, std::string_view key_id, std::string_view change,
                  std::uint64_t step) {
  out.clear();
  add_line(out, "portcullis-page-v1");
  add_line(out, key_id);
  add_line(out, change);
  append_decimal(out, step);
}

}  // namespace portcullis
