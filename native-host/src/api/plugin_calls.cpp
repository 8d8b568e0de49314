// Host endpoints that plugins call: secure-echo, telemetry, health.
#include <nlohmann/json.hpp>

#include "api/json_members.hpp"
#include "api/plugin_endpoints.hpp"
#include "base/ip_address.hpp"
#include "enforce/admission.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Reads one telemetry event; nullopt if malformed, with the reason in `members`.
std::optional<TelemetryEvent> read_event(JsonMembers& members) {
  TelemetryEvent out;
  members.require("name");
  out.name = members.text("name", limits::kMaxNameBytes, "a text of 1 to MAX_NAME_BYTES bytes")
                 .value_or("");
  if (const auto* at = members.any("at"); at != nullptr && !at->is_null()) {
    if (at->is_string() && at->get_ref<const std::string&>().size() <= 64) {
      out.at = at->get<std::string>();
    } else if (at->is_number()) {
      out.at = at->dump();
    } else {
      members.wrong("at", "at must be a number or a text of at most 64 bytes");
    }
  }
  if (const auto* props = members.any("props"); props != nullptr && !props->is_null()) {
    if (!props->is_object()) members.wrong("props", "props must be an object");
    out.props_json = props->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  members.finish();
  if (!members.ok()) return std::nullopt;
  return out;
}

}  // namespace

/// Records a violation of the page's CSP by the plugin, reported by the SDK once each. No request
/// was refused, but it counts as a denial and has the same limits.
void PluginEndpoints::audit_violation(RequestContext& call, const TelemetryEvent& event) {
  constexpr std::size_t kDetail = 512;
  parts_.metrics.denial(call.labels(), Code::kSdkCspViolation);
  AuditRecord record;
  record.event = "violation";
  record.outcome = name(Code::kSdkCspViolation);
  record.tenant = event.tenant;
  record.actor = event.subject_id;
  record.plugin_id = event.plugin_id;
  record.version = event.version;
  record.remote_ip = call.from.ip;
  record.request_id = event.request_id;
  record.detail = event.props_json.substr(0, kDetail);
  parts_.audit.refusal(std::move(record), site_of(call.from.ip));
}

Response PluginEndpoints::secure_echo(RequestContext& call) const {
  Json body{{"plugin_id", call.judgement.plugin_id}, {"tenant", call.tenant().id},
            {"user", call.session().user},           {"subject", call.session().subject_id},
            {"stamped", call.judgement.stamped},     {"method", call.method},
            {"path", call.judgement.path()}};
  body["query"] = call.judgement.has_query() ? Json(call.judgement.query()) : Json(nullptr);
  body["request_id"] = call.exchange.request_id();
  return json_response(200, dump(body));
}

boost::asio::awaitable<void> PluginEndpoints::telemetry(RequestContext& call) {
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, limits::kMaxTelemetryBytes, 16, body)) co_return;
  JsonMembers batch(body, "a batch");
  batch.require("events");
  const nlohmann::json* const events = batch.any("events");
  batch.finish();
  if (batch.ok() && (!events->is_array() || events->size() > limits::kMaxTelemetryEvents)) {
    batch.wrong(
        "events",
        "events must be an array of at most MAX_TELEMETRY_EVENTS {\"name\",\"at\"?,\"props\"?}");
  }
  if (!batch.ok()) co_return refuse_members(call, batch);
  // All or nothing: a half-valid batch would be sent again and counted twice in part.
  std::vector<TelemetryEvent> accepted;
  for (const nlohmann::json& event : *events) {
    JsonMembers members(event, "an event");
    auto read = read_event(members);
    if (!read) co_return refuse_members(call, members);
    accepted.push_back(std::move(*read));
  }
  const WallTime now = parts_.clock.wall();
  std::uint64_t kept = 0;
  for (TelemetryEvent& event : accepted) {
    event.tenant = call.tenant().id;
    event.plugin_id = call.judgement.plugin_id;
    event.version = call.plugin_version();
    event.subject_id = call.session().subject_id;
    event.request_id = call.exchange.request_id();
    event.received_at = now;
    const bool violation = event.name == name(Code::kSdkCspViolation);
    TelemetryEvent copy = violation ? event : TelemetryEvent{};
    if (!parts_.telemetry.submit(std::move(event))) continue;
    ++kept;
    if (violation) audit_violation(call, copy);
  }
  Response response =
      json_response(202, dump(Json{{"accepted", kept}, {"dropped", accepted.size() - kept}}));
  call.exchange.respond(std::move(response));
}

boost::asio::awaitable<void> PluginEndpoints::health(RequestContext& call) const {
  std::string id;
  const bool readable = percent_decode_segment(call.judgement.target.parameter, id);
  const Plugin* plugin = readable ? call.tenant().find(id) : nullptr;
  const Code code = admitted(call.tenant(), plugin, parts_.quarantine, Purpose::kHealth);
  if (code != Code::kAllowed) co_return call.refuse(code);
  const HealthReport report = co_await parts_.health.report(call.tenant().id, id).wait();
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json body{{"plugin_id", id},
            {"version", plugin->version()},
            {"window", "24h"},
            {"calls", report.calls},
            {"errors", report.errors},
            {"denials", report.denials},
            {"p50_ms", number(report.p50_ms)},
            {"p95_ms", number(report.p95_ms)}};
  body["last_active"] =
      report.last_active ? Json(format_rfc3339(*report.last_active)) : Json(nullptr);
  body["quarantined"] = parts_.quarantine.blocks(call.tenant().id, id, plugin->version());
  body["enabled"] = plugin->enabled;
  call.exchange.respond(json_response(200, dump(body)));
}

}  // namespace portcullis::bff
