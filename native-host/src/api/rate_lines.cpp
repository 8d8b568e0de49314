#include "api/rate_lines.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace portcullis::bff {

namespace {

/// Builds text and numbers in a buffer of sufficient size.
class Lines {
 public:
  template <std::size_t N>
  Lines& text(const char (&literal)[N]) {
    std::memcpy(end_, literal, N - 1);
    end_ += N - 1;
    return *this;
  }
  Lines& number(std::uint64_t value) {
    end_ = std::to_chars(end_, end_ + 20, value).ptr;
    return *this;
  }
  [[nodiscard]] std::string_view all() const {
    return {room_.data(), static_cast<std::size_t>(end_ - room_.data())};
  }

 private:
  std::array<char, 320> room_;  // 150 bytes of text, 7 numbers of at most 20 digits
  char* end_ = room_.data();
};

}  // namespace

void add_rate_lines(Exchange& exchange, const RateVerdict& rate) {
  // The current draft's structured fields (draft-ietf-httpapi-ratelimit-headers-10), and the three
  // that existing clients know.
  Lines lines;
  lines.text("RateLimit-Policy: \"plugin\";q=").number(rate.limit);
  lines.text(";w=").number(rate.window_s);
  lines.text("\r\nRateLimit: \"plugin\";r=").number(rate.remaining);
  lines.text(";t=").number(rate.reset_s);
  lines.text("\r\nRateLimit-Reset: ").number(rate.reset_s);
  lines.text("\r\nRateLimit-Limit: ").number(rate.limit);
  lines.text("\r\nRateLimit-Remaining: ").number(rate.remaining).text("\r\n");
  exchange.add_header_lines(lines.all());
}

}  // namespace portcullis::bff
