#include "api/auth_endpoints.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_members.hpp"
#include "base/encoding.hpp"
#include "base/ip_address.hpp"
#include "http/cookies.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

std::string session_json(const RequestContext& call, const Session& session) {
  using Json = nlohmann::ordered_json;
  Json body{{"user", session.user},
            {"name", session.display_name},
            {"tenant", session.tenant},
            {"roles", session.roles},
            {"csrf_token", session.csrf_token},
            {"subject", {{"type", session.subject_type}, {"id", session.subject_id}}},
            {"experience_version", call.snapshot().settings.experience_version}};
  // Lets the page display it.
  if (call.snapshot().settings.signing.dev_unsigned) body["dev"] = {{"unsigned", true}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Credentials {
  std::string user;
  std::string password;
};

std::optional<Credentials> read_credentials(RequestContext& call, const nlohmann::json& body) {
  JsonMembers members(body, "a login");
  const nlohmann::json* const user = members.any("user");
  const nlohmann::json* const password = members.any("password");
  members.require("user");
  members.require("password");
  members.finish();
  for (const auto& [key, value] : {std::pair("user", user), std::pair("password", password)}) {
    if (value != nullptr && !value->is_string()) {
      members.wrong(key, std::string(key) + " must be a text");
    }
  }
  if (!members.ok()) {
    refuse_members(call, members);
    return std::nullopt;
  }
  return Credentials{user->get<std::string>(), password->get<std::string>()};
}

/// Returns the account if it exists, may use the tenant, and the password is correct. Takes the
/// same steps whatever fails.
const User* authenticate(const RequestContext& call, const Credentials& given) {
  const auto& users = call.snapshot().users;
  const auto found = users.find(given.user);
  const bool exists = found != users.end();
  const std::string_view expected = exists ? std::string_view(found->second.password) : "";
  const bool right = equal_constant_time(given.password, expected);
  const bool allowed = exists && found->second.may_use(call.tenant().id);
  return right && allowed && !expected.empty() ? &found->second : nullptr;
}

}  // namespace

void AuthEndpoints::audit_login(RequestContext& call, std::string user, bool ok) {
  AuditRecord record;
  record.event = "login";
  record.outcome = ok ? "ok" : std::string(name(Code::kLoginFailed));
  record.tenant = call.tenant().id;
  record.actor = std::move(user);
  record.remote_ip = call.from.ip;
  record.request_id = call.exchange.request_id();
  parts_.audit.sign_in(std::move(record), ok, site_of(call.from.ip));
}

boost::asio::awaitable<void> AuthEndpoints::login(RequestContext& call) {
  if (!call.snapshot().settings.lab_login) co_return call.refuse(Code::kLoginDisabled);
  if (call.exchange.request().count("content-type") == 0) {
    co_return call.refuse(Code::kMediaTypeUnsupported);
  }
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, limits::kMaxTelemetryBytes, 8, body)) co_return;
  const auto given = read_credentials(call, body);
  if (!given) co_return;

  LoginThrottle& throttle = parts_.throttle;
  const std::uint64_t wait = throttle.wait_s(call.tenant().id, given->user, call.from.ip);
  if (wait > 0) {
    call.exchange.respond(call.problem(Code::kRateLimited, "too many failed logins")
                              .header("Retry-After", std::to_string(wait)));
    co_return;
  }
  const User* user = authenticate(call, *given);
  parts_.metrics.login(user != nullptr);
  if (user == nullptr) {
    throttle.failed(call.tenant().id, given->user, call.from.ip);
    audit_login(call, given->user, false);
    co_return call.refuse(Code::kLoginFailed);
  }
  throttle.succeeded(call.tenant().id, given->user, call.from.ip);

  // A new session under a new id; the request's session ends (prevents session fixation).
  if (call.judgement.session) {
    (void)co_await parts_.sessions.destroy(call.session().id, call.tenant().id).wait();
  }
  NewSession what{.tenant = call.tenant().id,
                  .user = user->user,
                  .display_name = user->name,
                  .provider = user->provider,
                  .subject_type = "account",
                  .subject_id = user->subject_id,
                  .roles = user->roles,
                  .credential = user->credential(),
                  .address = site_of(call.from.ip)};
  const SessionPtr session = co_await parts_.sessions.create(std::move(what)).wait();
  // A reload in the meantime may have ended sessions of removed accounts before this one existed.
  if (parts_.serving_states.get() != call.serving) parts_.reloading.end_orphaned_sessions();
  if (!parts_.sessions.alive(*session)) co_return call.refuse(Code::kLoginFailed);
  audit_login(call, session->subject_id, true);
  call.exchange.respond(json_response(200, session_json(call, *session))
                            .header("Set-Cookie", set_session_cookie(session->id)));
}

boost::asio::awaitable<void> AuthEndpoints::logout(RequestContext& call) {
  (void)co_await parts_.sessions.destroy(call.session().id, call.tenant().id).wait();
  Response response(204);
  response.header("Cache-Control", "no-store").header("Set-Cookie", clear_session_cookie());
  call.exchange.respond(std::move(response));
}

Response AuthEndpoints::session(RequestContext& call) const {
  return json_response(200, session_json(call, call.session()));
}

}  // namespace portcullis::bff
