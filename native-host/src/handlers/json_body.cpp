
#include "handlers/handlers.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff::handlers {

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
  const std::string limit = std::to_string(rate.limit);
  const std::string left = std::to_string(rate.remaining);
  const std::string reset = std::to_string(rate.reset_s);
  std::string out;
  out.reserve(200);
  // The current draft's structured fields (draft-ietf-httpapi-ratelimit-headers-10), and the three
  // that clients in the field know.
  out.append("RateLimit-Policy: \"plugin\";q=").append(limit);
  out.append(";w=").append(std::to_string(rate.window_s));
  out.append("\r\nRateLimit: \"plugin\";r=").append(left).append(";t=").append(reset);
  out.append("\r\nRateLimit-Limit: ").append(limit);
  out.append("\r\nRateLimit-Remaining: ").append(left);
  out.append("\r\nRateLimit-Reset: ").append(reset).append("\r\n");
  return out;
}

}  // namespace portcullis::bff::handlers
