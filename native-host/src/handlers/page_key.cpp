// What pages stamp their calls with: trading a boot token for a page key, exchanging it for a new
// one, and what becomes of the page.
#include <nlohmann/json.hpp>

#include "handlers/handlers.hpp"
#include "pdp/strict_json.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/stamp.hpp"
#include "state/hmac.hpp"
#include "state/random.hpp"

namespace portcullis::bff::handlers {

namespace {

constexpr std::size_t kMaxBodyBytes = 1024;

boost::asio::awaitable<bool> read_object(Call& call, nlohmann::json& body) {
  std::string text;
  if (!co_await read_json_text(call, kMaxBodyBytes, text)) co_return false;
  const Code code = parse_strict_json(text, kMaxBodyBytes, 4, body);
  if (code != Code::kAllowed) {
    call.refuse(code);
    co_return false;
  }
  co_return true;
}

std::string text_of(const nlohmann::json& body, const char* key) {
  if (!body.is_object()) return {};
  const auto found = body.find(key);
  return found == body.end() || !found->is_string() ? std::string() : found->get<std::string>();
}

/// What the tabs of this session authenticate their messages to each other with. Derived from the
/// session's secret, so that nobody has to keep it; says nothing about that secret.
std::string channel_key(const Session& session) {
  const std::string& secret = session.id;
  const HmacKey key({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
  return base64url_encode(key.mac("portcullis-channel-v1"));
}

Response answer(Call& call, const std::optional<PageKeys::Made>& key) {
  if (!key) return call.problem(Code::kOverloaded, "too many page keys");
  // A session that ended meanwhile took its keys along before this one was there.
  if (!call.app.state.sessions.alive(call.session())) {
    call.app.state.page_keys.end_session(call.session().serial);
    return call.problem(Code::kSessionRequired);
  }
  const nlohmann::ordered_json body{{"key_id", key->id},
                                    {"key", key->secret},
                                    {"window", limits::kStampWindow},
                                    {"channel", channel_key(call.session())}};
  return json_response(200, body.dump());
}

}  // namespace

Awaitable page_key(Call& call) {
  nlohmann::json body;
  if (!co_await read_object(call, body)) co_return;
  const std::string token = text_of(body, "boot");
  if (token.empty()) {
    co_return call.refuse(Code::kJsonWrongShape, "a trade is {\"boot\": the token of the page}");
  }
  SharedState& state = call.app.state;
  switch (state.boot_tokens.trade(token, call.tenant().id, call.session().serial)) {
    case BootTokens::Trade::kRefused:
      co_return call.refuse(Code::kBootTokenRefused);
    case BootTokens::Trade::kFull:
      co_return call.refuse(Code::kOverloaded, "too many boot tokens were traded");
    case BootTokens::Trade::kDone:
      break;
  }
  call.exchange.respond(answer(call, state.page_keys.create(call.session())));
}

Response page_key_renew(Call& call) {
  // Judged: it carries the stamp of the key that it gives up, by the host itself.
  Stamp stamp;
  const Code code = parse_stamp(call.exchange.request().first("x-plugin-stamp"), stamp);
  if (code != Code::kAllowed) return call.problem(code);
  return answer(call, call.app.state.page_keys.renew(call.session(), stamp.key_id));
}

Awaitable page_key_state(Call& call) {
  nlohmann::json body;
  if (!co_await read_object(call, body)) co_return;
  const std::string id = text_of(body, "key_id");
  const std::string change = text_of(body, "change");
  const std::string mac = text_of(body, "mac");
  const auto step = body.is_object() ? body.find("step") : body.end();
  if (!is_page_change(change) || id.size() != kStampKeyIdChars || mac.size() != kStampMacChars ||
      step == body.end() || !step->is_number_unsigned()) {
    co_return call.refuse(Code::kJsonWrongShape,
                          "a change is {\"key_id\",\"change\",\"step\",\"mac\"}");
  }
  const bool done =
      call.app.state.page_keys.change(call.session(), id, change, step->get<std::uint64_t>(), mac);
  // A release that comes twice finds nothing the second time, which is what it asked for.
  if (!done && change != kPageRelease) co_return call.refuse(Code::kStampInvalid);
  call.exchange.respond(Response(204).header("Cache-Control", "no-store"));
}

}  // namespace portcullis::bff::handlers
