#include "api/json_bodies.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/json_members.hpp"
#include "base/ip_address.hpp"
#include "base/strict_json.hpp"
#include "domain/offload.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff {

boost::asio::awaitable<bool> read_json_text(RequestContext& call, std::size_t limit,
                                            std::string& text) {
  // Only application/json: no HTML form can send it cross-origin without a preflight.
  const Request& request = call.exchange.request();
  if (request.has_body() && !is_json(request)) {
    // RFC 9110, section 15.5.16: say what is accepted.
    Response refused = call.problem(Code::kMediaTypeUnsupported);
    refused.header("Accept", "application/json");
    call.exchange.respond(std::move(refused));
    co_return false;
  }
  const std::string_view coding = request.first("content-encoding");
  if (request.has_body() && !coding.empty() && !iequals(coding, "identity")) {
    Response refused =
        call.problem(Code::kMediaTypeUnsupported, "Content-Encoding is not supported");
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
    detail = "the body is larger than " + std::to_string(most) + " bytes, the limit of " +
             (lowered ? "limits.json_body_bytes" : "this endpoint");
  }
  call.refuse(code, detail);
  co_return false;
}

BlockingWork::Turn heavy_turn(const RequestContext& call) {
  std::string account = call.actor();
  if (account.empty()) account = "ip:" + site_of(call.from.ip);
  return {BlockingWork::Lane::kHeavy, call.tenant().id, std::move(account)};
}

boost::asio::awaitable<bool> JsonBodies::read(RequestContext& call, std::size_t limit,
                                              std::size_t depth, nlohmann::json& body) {
  std::string text;
  if (!co_await read_json_text(call, limit, text)) co_return false;
  body = nlohmann::json::object();
  if (text.empty()) co_return true;
  std::string why;
  std::optional<Code> code;
  if (text.size() <= kReadAtOnceBytes) {
    code = parse_strict_json(text, limit, depth, body, &why);
  } else {
    code = co_await offload(blocking_, heavy_turn(call),
                            [&] { return parse_strict_json(text, limit, depth, body, &why); });
    if (!code) why = kTooManyBodies;
  }
  if (code != Code::kAllowed) call.refuse(code.value_or(Code::kOverloaded), why);
  co_return code == Code::kAllowed;
}

void refuse_members(RequestContext& call, const JsonMembers& members) {
  call.refuse(Code::kJsonWrongShape, members.problem(), members.extra());
}

}  // namespace portcullis::bff
