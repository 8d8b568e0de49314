
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "handlers/handlers.hpp"
#include "handlers/json_members.hpp"
#include "http/ip_address.hpp"
#include "http/negotiation.hpp"
#include "pdp/strict_json.hpp"
#include "state/offload.hpp"

namespace portcullis::bff::handlers {

namespace {

/// Text and numbers, one after the other, in room that is known to do.
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
  std::array<char, 320> room_;  // 150 of text, 7 numbers of at most 20 digits
  char* end_ = room_.data();
};

}  // namespace

boost::asio::awaitable<bool> read_json_text(Call& call, std::size_t limit, std::string& text) {
  // Only application/json: no plain form can send it across origins without being asked first.
  const Request& request = call.exchange.request();
  if (request.has_body() && !is_json(request)) {
    // RFC 9110, 15.5.16: says what would be taken.
    Response refused = call.problem(Code::kMediaTypeUnsupported);
    refused.header("Accept", "application/json");
    call.exchange.respond(std::move(refused));
    co_return false;
  }
  const std::string_view coding = request.first("content-encoding");
  if (request.has_body() && !coding.empty() && !iequals(coding, "identity")) {
    Response refused = call.problem(Code::kMediaTypeUnsupported, "no Content-Encoding is taken");
    refused.header("Accept-Encoding", "identity");
    call.exchange.respond(std::move(refused));
    co_return false;
  }
  const std::size_t wished = call.snapshot().settings.limits.json_body_bytes;
  const bool lowered = wished < limit;
  const std::size_t most = std::min(limit, wished);
  const Code code = co_await call.exchange.read_body(text, most);
  if (code == Code::kAllowed) co_return true;
  std::string detail;
  if (code == Code::kBodyTooLarge) {
    detail = "the body is larger than " + std::to_string(most) + " bytes, which is the most that " +
             (lowered ? "limits.json_body_bytes allows" : "this endpoint takes");
  }
  call.refuse(code, detail);
  co_return false;
}

BlockingWork::Turn heavy_turn(const Call& call) {
  std::string account = call.actor();
  if (account.empty()) account = "ip:" + site_of(call.from.ip);
  return {BlockingWork::Lane::kHeavy, call.tenant().id, std::move(account)};
}

boost::asio::awaitable<bool> read_json_body(Call& call, std::size_t limit, std::size_t depth,
                                            nlohmann::json& body) {
  std::string text;
  if (!co_await read_json_text(call, limit, text)) co_return false;
  body = nlohmann::json::object();
  if (text.empty()) co_return true;
  std::string why;
  std::optional<Code> code;
  if (text.size() <= kReadAtOnceBytes) {
    code = parse_strict_json(text, limit, depth, body, &why);
  } else {
    code = co_await offload(call.app.state.blocking, heavy_turn(call),
                            [&] { return parse_strict_json(text, limit, depth, body, &why); });
    if (!code) why = kTooManyBodies;
  }
  if (code != Code::kAllowed) call.refuse(code.value_or(Code::kOverloaded), why);
  co_return code == Code::kAllowed;
}

void refuse_members(Call& call, const JsonMembers& members) {
  call.refuse(Code::kJsonWrongShape, members.problem(), members.extra());
}

void add_rate_lines(Exchange& exchange, const RateVerdict& rate) {
  // The current draft's structured fields (draft-ietf-httpapi-ratelimit-headers-10), and the three
  // that clients in the field know.
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

}  // namespace portcullis::bff::handlers
