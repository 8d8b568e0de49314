// What operators do: refresh, quarantine, lift it, look at it. Every act is in the audit log, by
// whom and why.
#include <nlohmann/json.hpp>

#include "handlers/handlers.hpp"
#include "handlers/reload.hpp"
#include "pdp/strict_json.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/semver.hpp"
#include "state/offload.hpp"

namespace portcullis::bff::handlers {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json entry_json(const QuarantineEntry& entry) {
  Json body{{"plugin_id", entry.plugin_id}, {"tenant", entry.tenant}};
  body["version"] = or_null(entry.version);
  body["reason"] = entry.reason;
  body["actor"] = entry.actor;
  body["since"] = format_rfc3339(entry.since);
  body["expires_at"] = entry.expires_at ? Json(format_rfc3339(*entry.expires_at)) : Json(nullptr);
  return body;
}

AuditRecord act_of(const Call& call, std::string event, std::string outcome) {
  AuditRecord record;
  record.event = std::move(event);
  record.outcome = std::move(outcome);
  record.tenant = call.tenant().id;
  record.actor = call.actor();
  record.method = call.method;
  record.target = call.judgement.path();
  record.remote_ip = call.from.ip;
  record.request_id = call.exchange.request_id();
  return record;
}

/// The plugin id of the path. It need not be known: a kill switch has to work before a roll-out.
bool read_id(const Call& call, std::string& id) {
  if (!percent_decode_segment(call.judgement.target.parameter, id)) return false;
  if (id.empty() || id.size() > limits::kMaxPluginIdBytes || id[0] < 'a' || id[0] > 'z') {
    return false;
  }
  for (const char c : id) {
    const bool fine = (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
    if (!fine) return false;
  }
  return true;
}

/// An optional text member: false when it is there and no text, or too long.
bool read_text(const nlohmann::json& body, const char* key, std::size_t max,
               std::optional<std::string>& out) {
  const auto found = body.find(key);
  if (found == body.end() || found->is_null()) return true;
  if (!found->is_string() || found->get_ref<const std::string&>().size() > max) return false;
  out = found->get<std::string>();
  return true;
}

struct Wish {
  std::optional<std::string> reason;
  std::optional<std::string> version;
  std::optional<WallTime> expires_at;
};

/// As a manifest's version has to be written: one that is spelled otherwise would never match one.
bool is_plain_version(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && digit(text.front()) && text.find_first_of(" \t\r\n") == text.npos &&
         semver::parse(text).has_value();
}

/// Why the body is none, or "".
std::string_view read_wish(const nlohmann::json& body, WallTime now, Wish& wish) {
  if (!body.is_object()) return "the body is a JSON object";
  constexpr auto kTenYears = std::chrono::hours(std::int64_t{10} * 366 * 24);
  if (!read_text(body, "reason", kMaxQuarantineTextBytes, wish.reason)) {
    return "reason is a text of at most 1,024 bytes";
  }
  if (!read_text(body, "version", limits::kMaxSemverBytes, wish.version) ||
      (wish.version && !is_plain_version(*wish.version))) {
    return "version is a SemVer version, written as in the manifest: \"1.0.0\"";
  }
  std::optional<std::string> until;
  if (!read_text(body, "expires_at", 64, until)) return "expires_at is an RFC 3339 date-time";
  if (until) {
    wish.expires_at = parse_rfc3339(*until);
    if (!wish.expires_at || *wish.expires_at <= now || *wish.expires_at - now > kTenYears) {
      return "expires_at is an RFC 3339 date-time in the future, at most ten years ahead";
    }
  }
  if (const auto in = body.find("expires_in_s"); in != body.end() && !in->is_null()) {
    constexpr std::int64_t kMost = std::chrono::seconds(kTenYears).count();
    if (until || !in->is_number_integer() || in->get<std::int64_t>() <= 0 ||
        in->get<std::int64_t>() > kMost) {
      return "expires_in_s is a positive number of seconds, and not beside expires_at";
    }
    wish.expires_at = now + std::chrono::seconds(in->get<std::int64_t>());
  }
  return {};
}

/// Reads the optional JSON body; false when the refusal was answered.
boost::asio::awaitable<bool> read_object(Call& call, nlohmann::json& body) {
  std::string text;
  if (!co_await read_json_text(call, limits::kMaxTelemetryBytes, text)) co_return false;
  body = nlohmann::json::object();
  if (text.empty()) co_return true;
  const Code code = parse_strict_json(text, limits::kMaxTelemetryBytes, 16, body);
  if (code != Code::kAllowed) call.refuse(code);
  co_return code == Code::kAllowed;
}

}  // namespace

Awaitable refresh(Call& call) {
  nlohmann::json ignored;
  if (!co_await read_object(call, ignored)) co_return;
  App& app = call.app;
  const ReloadOutcome outcome = co_await offload(app.state.blocking, [&] {
    ReloadOutcome done = reload(app);
    AuditRecord record = act_of(call, "refresh", done.ok ? "ok" : "rejected");
    record.detail = "generation " + std::to_string(done.edition->snapshot->generation);
    app.state.audit->act(record);
    return done;
  });
  if (!outcome.ok) {
    const std::string first =
        outcome.problems.empty() ? std::string() : to_string(outcome.problems.front());
    co_return call.refuse(Code::kConfigInvalid, first, "\"problems\":" + to_json(outcome.problems));
  }
  const Snapshot& now = *outcome.edition->snapshot;
  std::string body = dump(Json{{"generation", now.generation},
                               {"tenants", now.tenants.size()},
                               {"plugins", now.plugin_count()}});
  body.pop_back();
  body.append(",\"warnings\":").append(to_json(outcome.problems)).append("}");
  call.exchange.respond(json_response(200, std::move(body)));
}

Awaitable quarantine(Call& call) {
  QuarantineEntry entry;
  if (!read_id(call, entry.plugin_id)) co_return call.refuse(Code::kBadRequest, "no plugin id");
  nlohmann::json body;
  if (!co_await read_object(call, body)) co_return;
  Wish wish;
  const std::string_view wrong = read_wish(body, call.app.state.clock.wall(), wish);
  if (!wrong.empty()) co_return call.refuse(Code::kJsonWrongShape, wrong);

  entry.tenant = call.tenant().id;
  entry.version = wish.version;
  entry.reason = wish.reason.value_or("");
  entry.actor = call.actor();
  entry.expires_at = wish.expires_at;
  SharedState& state = call.app.state;
  QuarantineEntry stored;
  const Quarantine::Result result = co_await offload(state.blocking, [&] {
    Quarantine::Result done = state.quarantine->set(entry, &stored);
    const char* how = done.full ? "refused" : done.durable ? "ok" : "not durable";
    AuditRecord record = act_of(call, "quarantine", how);
    record.plugin_id = entry.plugin_id;
    record.version = entry.version.value_or("");
    record.detail = entry.reason;
    state.audit->act(record);
    return done;
  });
  call.note = "quarantine " + entry.plugin_id;
  if (result.full) {
    co_return call.refuse(
        Code::kOverloaded,
        "nothing was quarantined: the list is full; lift what is no longer needed");
  }
  if (!result.durable) co_return call.refuse(Code::kQuarantineNotDurable, result.error);
  call.exchange.respond(json_response(200, dump(entry_json(stored))));
}

Awaitable unquarantine(Call& call) {
  std::string id;
  if (!read_id(call, id)) co_return call.refuse(Code::kBadRequest, "no plugin id");
  nlohmann::json body;
  if (!co_await read_object(call, body)) co_return;
  std::optional<std::string> version;
  if (!body.is_object() || !read_text(body, "version", limits::kMaxSemverBytes, version)) {
    co_return call.refuse(Code::kJsonWrongShape, "version is a SemVer version");
  }
  SharedState& state = call.app.state;
  const Quarantine::Result result = co_await offload(state.blocking, [&] {
    std::optional<std::string_view> which;
    if (version) which = *version;
    Quarantine::Result done = state.quarantine->clear(call.tenant().id, id, which);
    AuditRecord record = act_of(call, "unquarantine", done.durable ? "ok" : "not durable");
    record.plugin_id = id;
    record.version = version.value_or("");
    state.audit->act(record);
    return done;
  });
  call.note = "unquarantine " + id;
  if (!result.durable) co_return call.refuse(Code::kQuarantineNotDurable, result.error);
  call.exchange.respond(json_response(
      200,
      dump(Json{{"plugin_id", id}, {"tenant", call.tenant().id}, {"removed", result.changed}})));
}

Response quarantine_list(Call& call) {
  Json entries = Json::array();
  for (const QuarantineEntry& entry : call.app.state.quarantine->list(call.tenant().id)) {
    entries.push_back(entry_json(entry));
  }
  return json_response(200, dump(Json{{"quarantined", std::move(entries)}}));
}

}  // namespace portcullis::bff::handlers
