// Operator actions: refresh, set, lift and list quarantines, each with an audit record.
#include "api/operator_endpoints.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/json_members.hpp"
#include "base/host_name.hpp"
#include "domain/offload.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/manifest.hpp"
#include "portcullis/semver.hpp"

namespace portcullis::bff {

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

AuditRecord act_of(const RequestContext& call, std::string event, std::string outcome) {
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

/// Reads the plugin id from the path. It may be unknown: a kill switch must work before a roll-out.
bool read_id(const RequestContext& call, std::string& id) {
  return percent_decode_segment(call.judgement.target.parameter, id) && is_plugin_id(id);
}

struct QuarantineRequest {
  std::optional<std::string> reason;
  std::optional<std::string> version;
  std::optional<WallTime> expires_at;
};

constexpr std::string_view kVersionForm =
    "a SemVer version, written as in the manifest: \"1.0.0\" (omit it for all versions)";

/// Must be spelled like a manifest's version; any other spelling would never match.
bool is_plain_version(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && digit(text.front()) && text.find_first_of(" \t\r\n") == text.npos &&
         semver::parse(text).has_value();
}

std::optional<std::string> read_version(JsonMembers& members) {
  auto version = members.text("version", limits::kMaxSemverBytes, kVersionForm);
  if (version && !is_plain_version(*version)) {
    members.wrong("version", "version must be " + std::string(kVersionForm));
  }
  return version;
}

QuarantineRequest read_quarantine_request(JsonMembers& members, WallTime now) {
  constexpr auto kTenYears = std::chrono::hours(std::int64_t{10} * 366 * 24);
  QuarantineRequest wanted;
  wanted.reason = members.text("reason", kMaxQuarantineTextBytes, "a text of 1 to 1,024 bytes");
  wanted.version = read_version(members);
  const auto in = members.positive("expires_in_s", std::chrono::seconds(kTenYears).count());
  const auto until = members.text("expires_at", 64, "an RFC 3339 date-time");
  if (until) {
    wanted.expires_at = parse_rfc3339(*until);
    if (!wanted.expires_at || *wanted.expires_at <= now || *wanted.expires_at - now > kTenYears) {
      members.wrong(
          "expires_at",
          "expires_at must be an RFC 3339 date-time in the future, at most ten years ahead");
    }
  }
  if (in && until) members.wrong("expires_in_s", "expires_in_s and expires_at exclude each other");
  if (in) wanted.expires_at = now + std::chrono::seconds(*in);
  members.finish();
  return wanted;
}

constexpr std::string_view kTooManyActs =
    "too many requests of this operator are waiting; try again";

BlockingWork::Turn turn_of(const RequestContext& call, BlockingWork::Lane lane) {
  return {lane, call.tenant().id, call.actor()};
}

/// Whether the caller may see problems of a configuration that tenants share.
bool sees_everything(const RequestContext& call, const Snapshot& now) {
  return call.judgement.by_token || now.tenants.size() <= 1;
}

/// The tenant a problem is about (plugins.yaml, settings.yaml or theme.yaml); empty if none.
std::string tenant_of(const ConfigProblem& problem) {
  constexpr std::string_view kBelow = "/tenants/";
  const std::size_t at = problem.pointer.find(kBelow);
  if (at == problem.pointer.npos) return {};
  const std::size_t from = at + kBelow.size();
  const std::string_view host =
      std::string_view(problem.pointer).substr(from, problem.pointer.find('/', from) - from);
  return normalize_host_name(host).value_or("");
}

/// The problems an operator may see; the others are counted.
struct Seen {
  std::vector<ConfigProblem> own;
  std::size_t errors_elsewhere = 0;
  std::size_t warnings_elsewhere = 0;

  [[nodiscard]] std::string members(std::string_view name) const {
    std::string out = "\"" + std::string(name) + "\":" + to_json(own);
    if (errors_elsewhere + warnings_elsewhere > 0) {
      out.append(",\"elsewhere\":")
          .append(dump(Json{{"errors", errors_elsewhere}, {"warnings", warnings_elsewhere}}));
    }
    return out;
  }
};

Seen seen_by(const RequestContext& call, const Snapshot& now,
             const std::vector<ConfigProblem>& problems) {
  Seen seen;
  const bool all = sees_everything(call, now);
  for (const ConfigProblem& problem : problems) {
    if (all || tenant_of(problem) == call.tenant().id) {
      seen.own.push_back(problem);
    } else if (problem.pointer.empty() && problem.severity == Severity::kError) {
      // A file that cannot be read blocks every tenant's changes. Its content is not revealed.
      seen.own.push_back(problem);
      seen.own.back().message = "the file cannot be read; see the server's log";
    } else {
      ++(problem.severity == Severity::kError ? seen.errors_elsewhere : seen.warnings_elsewhere);
    }
  }
  return seen;
}

}  // namespace

boost::asio::awaitable<void> OperatorEndpoints::refresh(RequestContext& call) {
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, limits::kMaxTelemetryBytes, 16, body)) co_return;
  JsonMembers members(body, "a refresh");
  members.finish();
  if (!members.ok()) co_return refuse_members(call, members);
  BlockingWork::Turn turn = turn_of(call, BlockingWork::Lane::kSlow);
  const auto done = co_await offload(parts_.blocking, std::move(turn), [&] {
    ReloadOutcome outcome = parts_.reloading.reload();
    AuditRecord record = act_of(call, "refresh", outcome.ok ? "ok" : "rejected");
    record.detail = "generation " + std::to_string(outcome.serving->snapshot->generation);
    parts_.audit.act(record);
    return outcome;
  });
  if (!done) co_return call.refuse(Code::kOverloaded, kTooManyActs);
  const Snapshot& now = *done->serving->snapshot;
  const Seen seen = seen_by(call, now, done->problems);
  if (!done->ok) {
    const auto error = std::find_if(seen.own.begin(), seen.own.end(), [](const auto& problem) {
      return problem.severity == Severity::kError;
    });
    const std::string first = error == seen.own.end()
                                  ? "the problems concern other tenants; see the server's log"
                                  : to_string(*error);
    co_return call.refuse(Code::kConfigInvalid, first, seen.members("problems"));
  }
  Json answer{{"generation", now.generation}};
  if (sees_everything(call, now)) {
    answer["tenants"] = now.tenants.size();
    answer["plugins"] = now.plugin_count();
  } else {
    const auto own = now.tenants.find(call.tenant().id);
    answer["tenants"] = own == now.tenants.end() ? 0 : 1;
    answer["plugins"] = own == now.tenants.end() ? 0 : own->second->plugins.size();
  }
  std::string text = dump(answer);
  text.pop_back();
  text.append(",").append(seen.members("warnings")).append("}");
  call.exchange.respond(json_response(200, std::move(text)));
}

boost::asio::awaitable<void> OperatorEndpoints::quarantine(RequestContext& call) {
  QuarantineEntry entry;
  if (!read_id(call, entry.plugin_id))
    co_return call.refuse(Code::kBadRequest, "not a valid plugin id");
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, limits::kMaxTelemetryBytes, 16, body)) co_return;
  JsonMembers members(body, "a quarantine");
  const QuarantineRequest wanted = read_quarantine_request(members, parts_.clock.wall());
  if (!members.ok()) co_return refuse_members(call, members);

  entry.tenant = call.tenant().id;
  entry.version = wanted.version;
  entry.reason = wanted.reason.value_or("");
  entry.actor = call.actor();
  entry.expires_at = wanted.expires_at;
  QuarantineEntry stored;
  BlockingWork::Turn turn = turn_of(call, BlockingWork::Lane::kActs);
  const auto result = co_await offload(parts_.blocking, std::move(turn), [&] {
    Quarantine::Result done = parts_.quarantine.set(entry, &stored);
    const char* how = done.full ? "refused" : done.durable ? "ok" : "not durable";
    AuditRecord record = act_of(call, "quarantine", how);
    record.plugin_id = entry.plugin_id;
    record.version = entry.version.value_or("");
    record.detail = entry.reason;
    parts_.audit.act(record);
    return done;
  });
  call.note = "quarantine " + entry.plugin_id;
  if (!result) co_return call.refuse(Code::kOverloaded, kTooManyActs);
  if (result->full) {
    co_return call.refuse(
        Code::kOverloaded,
        "nothing was quarantined: this tenant has 1,000 entries for plugins or versions it does "
        "not run; lift those that are no longer needed. A plugin of the tenant can always be "
        "quarantined, without a version or in its running version");
  }
  if (!result->durable) co_return call.refuse(Code::kQuarantineNotDurable, result->error);
  call.exchange.respond(json_response(200, dump(entry_json(stored))));
}

boost::asio::awaitable<void> OperatorEndpoints::unquarantine(RequestContext& call) {
  std::string id;
  if (!read_id(call, id)) co_return call.refuse(Code::kBadRequest, "not a valid plugin id");
  nlohmann::json body;
  if (!co_await parts_.bodies.read(call, limits::kMaxTelemetryBytes, 16, body)) co_return;
  JsonMembers members(body, "lifting a quarantine");
  const std::optional<std::string> version = read_version(members);
  members.finish();
  if (!members.ok()) co_return refuse_members(call, members);
  BlockingWork::Turn turn = turn_of(call, BlockingWork::Lane::kActs);
  const auto result = co_await offload(parts_.blocking, std::move(turn), [&] {
    std::optional<std::string_view> which;
    if (version) which = *version;
    Quarantine::Result done = parts_.quarantine.clear(call.tenant().id, id, which);
    AuditRecord record = act_of(call, "unquarantine", done.durable ? "ok" : "not durable");
    record.plugin_id = id;
    record.version = version.value_or("");
    parts_.audit.act(record);
    return done;
  });
  call.note = "unquarantine " + id;
  if (!result) co_return call.refuse(Code::kOverloaded, kTooManyActs);
  if (!result->durable) co_return call.refuse(Code::kQuarantineNotDurable, result->error);
  call.exchange.respond(json_response(
      200,
      dump(Json{{"plugin_id", id}, {"tenant", call.tenant().id}, {"removed", result->changed}})));
}

Response OperatorEndpoints::quarantine_list(RequestContext& call) const {
  Json entries = Json::array();
  for (const QuarantineEntry& entry : parts_.quarantine.list(call.tenant().id)) {
    entries.push_back(entry_json(entry));
  }
  return json_response(200, dump(Json{{"quarantined", std::move(entries)}}));
}

}  // namespace portcullis::bff
