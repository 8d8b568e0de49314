#include <algorithm>

#include "adapters/yaml/credential.hpp"
#include "adapters/yaml/load_parts.hpp"
#include "base/host_name.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/semver.hpp"

namespace portcullis::bff {
namespace {

std::optional<Stamps> read_stamps(MapReader& reader) {
  const auto text = reader.one_of("stamps", {"off", "optional", "required"});
  if (!text) return std::nullopt;
  return *text == "off"        ? Stamps::kOff
         : *text == "required" ? Stamps::kRequired
                               : Stamps::kOptional;
}

void load_tenants(MapReader& root, SettingsFile& file, const LoadOptions& options) {
  const YamlNode* tenants = root.map("tenants");
  if (tenants == nullptr) return;
  const std::string base = root.pointer_of("tenants");
  for (std::size_t i = 0; i < tenants->keys.size(); ++i) {
    const YamlNode& key = tenants->keys[i];
    const std::string pointer = base + pointer_segment(key.text);
    const std::optional<std::string> id = normalize_host_name(key.text);
    if (!id) {
      root.sink().error(Code::kConfigBadValue, key, pointer,
                        "the key of a tenant must be a host name without a port");
      continue;
    }
    if (file.tenants.contains(*id)) {
      root.sink().error(Code::kConfigDuplicate, key, pointer, "duplicate tenant");
      continue;
    }
    MapReader reader(tenants->items[i], pointer, root.sink());
    TenantDetails details;
    details.name = reader.text("name").value_or("");
    const std::vector<std::string> aliases = reader.texts("aliases");
    for (const std::string& written : aliases) {
      const std::optional<std::string> alias = normalize_host_name(written);
      if (!alias) {
        reader.error(Code::kConfigBadValue, "aliases",
                     "an alias must be a host name without a port, not \"" + written + '"');
      } else {
        details.aliases.push_back(*alias);
      }
    }
    details.stamps = read_stamps(reader);
    load_tenant_signing(reader, *id, file.settings.signing, options);
    reader.finish();
    file.tenants.emplace(*id, std::move(details));
  }
}

void load_session(MapReader& root, SessionSettings& session) {
  const YamlNode* node = root.map("session");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("session"), root.sink());
  constexpr std::int64_t kYear = 525'600;
  session.idle = std::chrono::minutes(reader.integer("idle_minutes", 1, kYear).value_or(60));
  session.max = std::chrono::minutes(reader.integer("max_minutes", 1, kYear).value_or(480));
  session.streams_keep = reader.boolean("streams_keep").value_or(true);
  if (session.max < session.idle) {
    reader.error(Code::kConfigBadValue, "max_minutes", "\"max_minutes\" is below idle_minutes");
  }
  reader.finish();
}

void load_authzen(MapReader& root, AuthzenSettings& authzen,
                  const std::filesystem::path& config_dir) {
  const YamlNode* node = root.map("authzen");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("authzen"), root.sink());
  if (reader.one_of("dialect", {"1.0", "seeds"}) == "seeds") {
    authzen.dialect = AuthzenDialect::kSeeds;
  }
  authzen.timeout =
      std::chrono::milliseconds(reader.integer("timeout_ms", 1, 60'000).value_or(2000));
  const std::string pdp = reader.text("pdp").value_or("embedded");
  if (pdp != "embedded") {
    auto target = parse_upstream_url("pdp", pdp);
    if (const std::string* why = std::get_if<std::string>(&target)) {
      reader.error(Code::kConfigBadValue, "pdp",
                   "\"pdp\" must be \"embedded\" or the URL of a PDP: " + *why);
    } else {
      auto& place = std::get<UpstreamTarget>(target);
      place.timeout = authzen.timeout;
      place.connect_timeout = std::min(place.connect_timeout, authzen.timeout);
      read_credential(reader, config_dir, place);
      authzen.pdp_url = pdp;
      authzen.pdp = std::make_shared<const UpstreamTarget>(std::move(place));
    }
  } else if (reader.has("auth")) {
    reader.error(Code::kConfigBadValue, "auth", "the embedded PDP does not use a credential");
  }
  reader.any("auth");
  reader.finish();
}

/// Whether a value copied into a header cannot end a directive or the header.
bool fits_a_directive(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x1f && c < 0x7f && c != ';' && c != ',' && c != '"';
  });
}

void load_security(MapReader& root, SecuritySettings& security) {
  const YamlNode* node = root.map("security");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("security"), root.sink());
  if (auto ancestors = reader.text("frame_ancestors")) security.frame_ancestors = *ancestors;
  if (security.frame_ancestors.empty() || !fits_a_directive(security.frame_ancestors)) {
    reader.error(Code::kConfigBadValue, "frame_ancestors",
                 "\"frame_ancestors\" must be a CSP source list, such as 'none' or 'self'");
  }
  security.insecure_origins = reader.boolean("insecure_origins").value_or(false);
  for (const std::string& hash : reader.texts("style_hashes")) {
    Integrity parsed;
    if (parse_sri(hash, parsed) != Code::kAllowed) {
      reader.error(Code::kConfigBadValue, "style_hashes",
                   "a style hash must be sha256- and base64, not \"" + hash + '"');
    } else {
      security.style_hashes.push_back(hash);
    }
  }
  if (const auto popups = reader.one_of("popups", {"refuse", "allow"})) {
    security.popups = *popups == "allow";
  }
  if (reader.has("trusted_types")) {
    security.trusted_types = reader.texts("trusted_types");
    for (const std::string& policy : security.trusted_types) {
      // Trusted Types, section 3.3: tt-policy-name characters, except "*" and keywords.
      const bool ok = std::all_of(policy.begin(), policy.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '#' || c == '.';
      });
      if (!ok) {
        reader.error(Code::kConfigBadValue, "trusted_types",
                     "\"" + policy + "\" is not a valid Trusted Types policy name");
      }
    }
  }
  reader.finish();
}

void load_limits(MapReader& root, LimitSettings& limits) {
  const YamlNode* node = root.map("limits");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("limits"), root.sink());
  const auto read = [&](const char* key, int& value, int most) {
    value = static_cast<int>(reader.integer(key, 1, most).value_or(value));
  };
  read("connections", limits.connections, 1'000'000);
  read("connections_per_address", limits.connections_per_address, 1'000'000);
  read("streams_per_session", limits.streams_per_session, 10'000);
  read("streams_per_account", limits.streams_per_account, 1'000'000);
  read("streams_per_address", limits.streams_per_address, 1'000'000);
  read("streams_per_tenant", limits.streams_per_tenant, 1'000'000);
  read("calls_per_account", limits.calls_per_account, 1'000'000);
  read("sessions_per_account", limits.sessions_per_account, 10'000);
  read("sessions_per_address", limits.sessions_per_address, 1'000'000);
  read("sessions_per_tenant", limits.sessions_per_tenant, 1'000'000);
  read("telemetry_kib_per_minute", limits.telemetry_kib_per_minute, 1'000'000);
  const auto size = [&](const char* key, std::int64_t min, std::int64_t max, std::size_t& out) {
    if (const auto value = reader.integer(key, min, max)) out = static_cast<std::size_t>(*value);
  };
  constexpr std::int64_t kMaxHeader = 262'144;
  size("header_bytes", 4096, kMaxHeader, limits.head.header_bytes);
  limits.head.cookie_bytes = limits.head.header_bytes;
  size("header_fields", 16, 2000, limits.head.header_fields);
  size("cookie_bytes", 512, kMaxHeader, limits.head.cookie_bytes);
  // Upper bounds: the core's limits, which page and server share.
  size("path_bytes", 64, portcullis::limits::kMaxPathBytes, limits.head.path_bytes);
  size("query_bytes", 0, portcullis::limits::kMaxQueryBytes, limits.head.query_bytes);
  size("json_body_bytes", 1024, portcullis::limits::kMaxJsonBodyBytes, limits.json_body_bytes);
  size("fixture_body_bytes", 0, std::int64_t{1} << 30U, limits.fixture_body_bytes);
  if (limits.head.cookie_bytes > limits.head.header_bytes) {
    reader.error(Code::kConfigBadValue, "cookie_bytes",
                 "\"cookie_bytes\" is above header_bytes, so it has no effect; raise "
                 "header_bytes to at least " +
                     std::to_string(limits.head.cookie_bytes));
  }
  const auto kib = [&](const char* key, std::uint64_t& place) {
    // At least one JSON body of the size that this file permits.
    constexpr std::int64_t kLeast = portcullis::limits::kMaxJsonBodyBytes / 1024 + 4;
    if (const auto value = reader.integer(key, kLeast, 64LL << 20U)) {
      place = static_cast<std::uint64_t>(*value);
    }
  };
  kib("body_memory_kib", limits.body_memory_kib);
  kib("body_memory_per_account_kib", limits.body_memory_per_account_kib);
  kib("body_memory_per_address_kib", limits.body_memory_per_address_kib);
  reader.finish();
}

void load_timeouts(MapReader& root, TimeoutSettings& timeouts) {
  const YamlNode* node = root.map("timeouts");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("timeouts"), root.sink());
  const auto read = [&](const char* key) -> std::optional<std::chrono::milliseconds> {
    constexpr std::int64_t kHour = 3'600'000;
    if (const auto value = reader.integer(key, 10, kHour)) return std::chrono::milliseconds(*value);
    return std::nullopt;
  };
  timeouts.head = read("head_ms");
  timeouts.idle = read("idle_ms");
  timeouts.body = read("body_ms");
  timeouts.write = read("write_ms");
  reader.finish();
}

void load_audit(MapReader& root, AuditSettings& audit) {
  const YamlNode* node = root.map("audit");
  if (node == nullptr) return;
  MapReader reader(*node, root.pointer_of("audit"), root.sink());
  if (const auto size = reader.integer("max_kib", 4, 64LL << 20U)) {
    audit.max_kib = static_cast<std::uint64_t>(*size);
  }
  if (const auto keep = reader.integer("keep", 1, 1000)) audit.keep = static_cast<unsigned>(*keep);
  const auto rate = [&](const char* key, unsigned& place) {
    if (const auto value = reader.integer(key, 1, 100'000)) place = static_cast<unsigned>(*value);
  };
  rate("per_second", audit.per_second);
  rate("per_address_per_second", audit.per_address_per_second);
  reader.finish();
}

}  // namespace

Rate read_rate(const YamlNode& node, const std::string& pointer, ProblemSink& sink, Rate fallback) {
  MapReader reader(node, pointer, sink);
  Rate rate = fallback;
  rate.per_second = reader.number("per_second", 0.001, 1e6).value_or(rate.per_second);
  rate.burst = reader.number("burst", 1, 1e6).value_or(rate.burst);
  reader.finish();
  return rate;
}

SettingsFile load_settings(const YamlNode& root, ProblemSink& sink, const LoadOptions& options) {
  SettingsFile file;
  Settings& settings = file.settings;
  MapReader reader(root, "", sink);
  settings.experience_version = reader.required_text("experience_version");
  if (!settings.experience_version.empty() && !semver::parse(settings.experience_version)) {
    reader.error(Code::kSemverInvalidVersion, "experience_version",
                 "\"" + settings.experience_version + "\" is not a SemVer version such as 1.4.0");
  }
  load_signing(reader, settings.signing, options);
  load_tenants(reader, file, options);
  check_revoked_ids(reader, settings.signing);
  load_session(reader, settings.session);
  if (const YamlNode* lab = reader.map("lab_login")) {
    MapReader login(*lab, reader.pointer_of("lab_login"), sink);
    settings.lab_login = login.boolean("enabled").value_or(false);
    login.finish();
  }
  load_authzen(reader, settings.authzen, options.config_dir);
  if (const YamlNode* spa = reader.map("spa")) {
    MapReader where(*spa, reader.pointer_of("spa"), sink);
    settings.spa_watch = where.boolean("watch").value_or(true);
    if (const std::string path = where.required_text("root"); !path.empty()) {
      // Not weakly_canonical(), which resolves the current links; the file server opens the path
      // itself.
      settings.spa_root = (std::filesystem::absolute(options.config_dir) / path).lexically_normal();
    }
    where.finish();
  }
  if (const YamlNode* rate = reader.map("rate")) {
    settings.rate = read_rate(*rate, reader.pointer_of("rate"), sink, settings.rate);
  }
  settings.stamps = read_stamps(reader).value_or(Stamps::kOptional);
  settings.operator_token_file = reader.text("operator_token_file").value_or("");
  for (const std::string& range : reader.texts("trusted_proxies")) {
    if (const auto cidr = Cidr::parse(range)) {
      settings.trusted_proxies.push_back(*cidr);
    } else {
      reader.error(
          Code::kConfigBadValue, "trusted_proxies",
          "\"" + range +
              "\" is not an address range such as 10.0.0.0/8, or has bits set after its prefix");
    }
  }
  if (const auto header = reader.one_of("forwarded", {"auto", "x-forwarded-for", "forwarded"})) {
    settings.forwarded = *header == "x-forwarded-for" ? ForwardedHeader::kXForwardedFor
                         : *header == "forwarded"     ? ForwardedHeader::kForwarded
                                                      : ForwardedHeader::kAuto;
  }
  load_limits(reader, settings.limits);
  settings.limits = settings.limits.filled();
  load_timeouts(reader, settings.timeouts);
  load_audit(reader, settings.audit);
  load_security(reader, settings.security);
  reader.finish();
  return file;
}

}  // namespace portcullis::bff
