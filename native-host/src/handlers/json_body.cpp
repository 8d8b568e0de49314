
#include <array>
#include <charconv>

#include "handlers/handlers.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff::handlers {

namespace {

std::string_view decimal(std::uint64_t value, std::array<char, 24>& room) {
  const char* end = std::to_chars(room.data(), room.data() + room.size(), value).ptr;
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

}  // namespace

boost::asio::awaitable<bool> read_json_text(Call& call, std::size_t limit, std::string& text) {
  // Only application/json: no plain form can send it across origins without being asked first.
  if (call.exchange.request().has_body() && !is_json(call.exchange.request())) {
    call.refuse(Code::kMediaTypeUnsupported);
    co_return false;
  }
  const Code code = co_await call.exchange.read_body(text, limit);
  if (code != Code::kAllowed) call.refuse(code);
  co_return code == Code::kAllowed;
}

std::string rate_lines(const RateVerdict& rate) {
  std::array<char, 24> left_text;
  std::array<char, 24> text;
  const std::string_view left = decimal(rate.remaining, left_text);
  std::string out;
  out.reserve(200);
  // The current draft's structured fields (draft-ietf-httpapi-ratelimit-headers-10), and the three
  // that clients in the field know.
  out.append("RateLimit-Policy: \"plugin\";q=").append(decimal(rate.limit, text));
  out.append(";w=").append(decimal(rate.window_s, text));
  out.append("\r\nRateLimit: \"plugin\";r=").append(left);
  out.append(";t=").append(decimal(rate.reset_s, text));
  out.append("\r\nRateLimit-Reset: ").append(decimal(rate.reset_s, text));
  out.append("\r\nRateLimit-Limit: ").append(decimal(rate.limit, text));
  out.append("\r\nRateLimit-Remaining: ").append(left).append("\r\n");
  return out;
}

}  // namespace portcullis::bff::handlers
