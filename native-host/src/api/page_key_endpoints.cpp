// Trades a boot token for a page key, renews a key, and receives page state changes.
#include "api/page_key_endpoints.hpp"

#include <nlohmann/json.hpp>

#include "api/json_members.hpp"
#include "base/encoding.hpp"
#include "base/hmac.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/stamp.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kMaxBodyBytes = 1024;

/// The key with which the tabs of a session authenticate messages to each other. Derived from the
/// session's secret, so it need not be stored, and reveals nothing about the secret.
std::string channel_key(const Session& session) {
  const std::string& secret = session.id;
  const HmacKey key({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
  return base64url_encode(key.mac("portcullis-channel-v1"));
}

}  // namespace

Response PageKeyEndpoints::answer(RequestContext& call, const NewPageKey& key) {
  // A session that ended meanwhile removed its keys before this one existed.
  if (!parts_.sessions.alive(call.session())) {
    parts_.page_keys.end_session(call.session().serial);
    return call.problem(Code::kSessionRequired);
  }
  const nlohmann::ordered_json body{{"key_id", key.id},
                                    {"key", key.secret},
                                    {"window", limits::kStampWindow},
                                    {"channel", channel_key(call.session())}};
  return json_response(200, body.dump());
}

boost::asio::awaitable<void> PageKeyEndpoints::trade(RequestContext& call) {
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, kMaxBodyBytes, 4, body)) co_return;
  JsonMembers members(body, "a trade");
  members.require("boot");
  const auto token = members.text("boot", kMaxBodyBytes, "the boot token of the page");
  members.finish();
  if (!members.ok()) co_return refuse_members(call, members);
  const Session& session = call.session();
  const BootTokens::Trade traded = co_await parts_.boot_tokens.trade(*token, session).wait();
  if (traded != BootTokens::Trade::kDone) co_return call.refuse(Code::kBootTokenRefused);
  const NewPageKey key = co_await parts_.page_keys.create(session).wait();
  call.exchange.respond(answer(call, key));
}

boost::asio::awaitable<void> PageKeyEndpoints::renew(RequestContext& call) {
  // Already judged: it carries a stamp of the key it replaces, made by the host.
  Stamp stamp;
  const Code code = parse_stamp(call.exchange.request().first("x-plugin-stamp"), stamp);
  if (code != Code::kAllowed) co_return call.refuse(code);
  // Of two concurrent renewals one fails: a page has one key.
  const auto key = co_await parts_.page_keys.renew(call.session(), stamp.key_id).wait();
  if (!key) co_return call.refuse(Code::kStampInvalid);
  call.exchange.respond(answer(call, *key));
}

boost::asio::awaitable<void> PageKeyEndpoints::change(RequestContext& call) {
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, kMaxBodyBytes, 4, body)) co_return;
  JsonMembers members(body, "a change of a page's key");
  for (const char* key : {"key_id", "change", "step", "mac"}) members.require(key);
  const std::string id = members.text("key_id", kStampKeyIdChars, "a key's id").value_or("");
  const std::string change = members.text("change", 64, "a change of a page").value_or("");
  const std::string mac = members.text("mac", kStampMacChars, "a MAC").value_or("");
  const nlohmann::json* const step = members.any("step");
  members.finish();
  if (!members.ok()) co_return refuse_members(call, members);
  if (!is_page_change(change) || id.size() != kStampKeyIdChars || mac.size() != kStampMacChars ||
      !step->is_number_unsigned()) {
    co_return call.refuse(Code::kJsonWrongShape,
                          "a change must be {\"key_id\",\"change\",\"step\",\"mac\"}");
  }
  const bool done =
      co_await parts_.page_keys.change(call.session(), id, change, step->get<std::uint64_t>(), mac)
          .wait();
  // A repeated release finds nothing, which is the requested state.
  if (!done && change != kPageRelease) co_return call.refuse(Code::kStampInvalid);
  call.exchange.respond(Response(204).header("Cache-Control", "no-store"));
}

}  // namespace portcullis::bff
