// What plugins call on the host itself: the probe, telemetry, health.
#include <nlohmann/json.hpp>

#include "handlers/handlers.hpp"
#include "pdp/strict_json.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff::handlers {

namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What the page's policy refused of the plugin, as the SDK tells it: no request was refused, but
/// it is as much a denial. Bounded as those are; the SDK tells each once.
void audit_violation(Call& call, const TelemetryEvent& event) {
  constexpr std::size_t kDetail = 512;
  call.app.state.metrics.denial(call.labels(), Code::kSdkCspViolation);
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
  call.app.state.audit->denial(std::move(record));
}

/// One telemetry event, or nothing when it is not of the shape.
std::optional<TelemetryEvent> read_event(const nlohmann::json& event) {
  if (!event.is_object()) return std::nullopt;
  TelemetryEvent out;
  const auto name = event.find("name");
  if (name == event.end() || !name->is_string()) return std::nullopt;
  out.name = name->get<std::string>();
  if (out.name.empty() || out.name.size() > limits::kMaxNameBytes) return std::nullopt;
  if (const auto at = event.find("at"); at != event.end() && !at->is_null()) {
    if (at->is_string() && at->get_ref<const std::string&>().size() <= 64) {
      out.at = at->get<std::string>();
    } else if (at->is_number()) {
      out.at = at->dump();
    } else {
      return std::nullopt;
    }
  }
  if (const auto props = event.find("props"); props != event.end() && !props->is_null()) {
    if (!props->is_object()) return std::nullopt;
    out.props_json = props->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return out;
}

}  // namespace

Response secure_echo(Call& call) {
  Json body{{"plugin_id", call.judgement.plugin_id}, {"tenant", call.tenant().id},
            {"user", call.session().user},           {"subject", call.session().subject_id},
            {"stamped", call.judgement.stamped},     {"method", call.method},
            {"path", call.judgement.path()}};
  body["query"] = call.judgement.has_query() ? Json(call.judgement.query()) : Json(nullptr);
  body["request_id"] = call.exchange.request_id();
  return json_response(200, dump(body));
}

Awaitable telemetry(Call& call) {
  std::string text;
  if (!co_await read_json_text(call, limits::kMaxTelemetryBytes, text)) co_return;
  nlohmann::json body;
  const Code code = parse_strict_json(text, limits::kMaxTelemetryBytes, 16, body);
  if (code != Code::kAllowed) co_return call.refuse(code);
  const auto events = body.is_object() ? body.find("events") : body.end();
  if (!body.is_object() || events == body.end() || !events->is_array() ||
      events->size() > limits::kMaxTelemetryEvents) {
    co_return call.refuse(Code::kJsonWrongShape,
                          "a batch is {\"events\":[{\"name\",\"at\"?,\"props\"?}]}, at most "
                          "MAX_TELEMETRY_EVENTS of them");
  }
  // All or nothing: a batch that is half wrong would be sent again, and half counted twice.
  std::vector<TelemetryEvent> accepted;
  for (const nlohmann::json& event : *events) {
    auto read = read_event(event);
    if (!read) {
      co_return call.refuse(Code::kJsonWrongShape, "an event needs a name; props is an object");
    }
    accepted.push_back(std::move(*read));
  }
  const WallTime now = call.app.state.clock.wall();
  std::uint64_t kept = 0;
  for (TelemetryEvent& event : accepted) {
    event.tenant = call.tenant().id;
    event.plugin_id = call.judgement.plugin_id;
    event.version = call.plugin_version();
    event.subject_id = call.session().subject_id;
    event.request_id = call.exchange.request_id();
    event.received_at = now;
    if (event.name == name(Code::kSdkCspViolation)) audit_violation(call, event);
    kept += call.app.state.telemetry.submit(std::move(event)) ? 1 : 0;
  }
  Response response = json_response(202, dump(Json{{"accepted", kept}}));
  call.exchange.respond(std::move(response));
}

Response health(Call& call) {
  std::string id;
  const bool readable = percent_decode_segment(call.judgement.target.parameter, id);
  const Plugin* plugin = readable ? call.tenant().find(id) : nullptr;
  if (plugin == nullptr) return call.problem(Code::kPluginUnknown);
  const HealthReport report = call.app.state.health.report(call.tenant().id, id);
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
  body["quarantined"] = call.app.state.quarantine->blocks(call.tenant().id, id, plugin->version());
  body["enabled"] = plugin->enabled;
  return json_response(200, dump(body));
}

}  // namespace portcullis::bff::handlers
