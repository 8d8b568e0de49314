
#include <algorithm>

#include "adapters/yaml/credential.hpp"
#include "adapters/yaml/load_parts.hpp"
#include "lab/fixture.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff {
namespace {

/// The name as CGI and similar interfaces read it.
std::string folded(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c == '_' ? '-' : ascii_lower(c); });
  return out;
}

/// Clients must not be able to send the field that carries the server's credential.
void refuse_credential(MapReader& reader, const std::vector<std::string>& forwarded,
                       const UpstreamTarget& target) {
  for (const std::string& name : forwarded) {
    if (folded(name) == folded(target.credential_name)) {
      reader.error(Code::kConfigBadValue, "forward_headers",
                   "\"" + name + "\" carries the upstream's own credential (auth); remove it");
    }
  }
}

UpstreamTargetPtr read_upstream(const std::string& name, const YamlNode& node,
                                const std::string& pointer, ProblemSink& sink,
                                const std::filesystem::path& folder) {
  MapReader reader(node, pointer, sink);
  const std::string url = reader.required_text("url");
  const auto connect = reader.integer("connect_timeout_ms", 1, 600'000).value_or(1000);
  const auto timeout = reader.integer("timeout_ms", 1, 3'600'000).value_or(10'000);
  const auto idle = reader.integer("stream_idle_timeout_ms", 0, 86'400'000).value_or(0);
  const bool verify = reader.boolean("verify_tls").value_or(true);
  const BreakerSettings usual;
  const auto failures = reader.integer("breaker_failures", 0, 1'000'000).value_or(usual.failures);
  const auto open_for =
      reader.integer("breaker_open_ms", 1, 3'600'000).value_or(usual.open_for.count());
  auto forward_headers = read_forward_headers(reader);
  const auto skip_rest = [&] {
    for (const char* rest : {"origins", "server_name", "ca_file", "auth"}) (void)reader.any(rest);
  };
  if (url.empty()) {
    skip_rest();
    reader.finish();
    return nullptr;
  }
  auto parsed = parse_upstream_url(name, url);
  if (const std::string* why = std::get_if<std::string>(&parsed)) {
    reader.error(Code::kConfigBadValue, "url", *why);
    skip_rest();
    reader.finish();
    return nullptr;
  }
  auto target = std::make_shared<UpstreamTarget>(std::get<UpstreamTarget>(std::move(parsed)));
  target->connect_timeout = std::chrono::milliseconds(connect);
  target->timeout = std::chrono::milliseconds(timeout);
  target->stream_idle_timeout = std::chrono::milliseconds(idle);
  target->verify_tls = verify;
  read_credential(reader, folder, *target);
  read_upstream_identity(reader, *target, folder);
  refuse_credential(reader, forward_headers, *target);
  reader.finish();
  target->forward_headers = std::move(forward_headers);
  target->breaker.failures = static_cast<std::uint32_t>(failures);
  target->breaker.open_for = std::chrono::milliseconds(open_for);
  return target;
}

std::vector<Method> read_methods(MapReader& reader, RouteRule::Kind kind) {
  std::vector<Method> methods;
  for (const std::string& text : reader.some_texts("methods")) {
    const std::optional<Method> method = parse_method(text);
    if (!method) {
      reader.error(Code::kManifestBadMethod, "methods",
                   "\"" + text + "\" is not one of GET, HEAD, POST, PUT, PATCH, DELETE" +
                       did_you_mean(text, {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}));
    } else if (kind == RouteRule::Kind::kSse && *method != Method::kGet) {
      reader.error(Code::kConfigBadValue, "methods", "an event stream only supports GET");
    } else {
      methods.push_back(*method);
    }
  }
  if (!methods.empty()) return methods;
  if (kind == RouteRule::Kind::kSse) return {Method::kGet};
  return {Method::kGet, Method::kHead,  Method::kPost,
          Method::kPut, Method::kPatch, Method::kDelete};
}

/// A stripped prefix must be a prefix of every path the template matches.
void check_strip_prefix(MapReader& reader, const RouteRule& rule) {
  if (rule.strip_prefix.empty()) return;
  CanonicalPath canonical;
  const bool is_canonical = canonicalize(rule.strip_prefix, canonical) == Code::kAllowed &&
                            canonical.path() == rule.strip_prefix && !canonical.has_query();
  if (!is_canonical || rule.strip_prefix.back() == '/') {
    reader.error(
        Code::kConfigBadValue, "strip_prefix",
        "\"strip_prefix\" must be a canonical path without a trailing slash, such as /api");
    return;
  }
  const std::string_view rest =
      std::string_view(rule.path).substr(0, std::min(rule.path.size(), rule.strip_prefix.size()));
  const bool at_boundary =
      rule.path.size() == rule.strip_prefix.size() ||
      (rule.path.size() > rule.strip_prefix.size() && rule.path[rule.strip_prefix.size()] == '/');
  if (rest != rule.strip_prefix || !at_boundary) {
    reader.error(Code::kConfigBadValue, "strip_prefix",
                 "the path does not begin with \"strip_prefix\"");
  }
}

}  // namespace

std::vector<ParamSpec> read_params(MapReader& reader, std::string_view key) {
  std::vector<ParamSpec> params;
  const YamlNode* node = reader.map(key);
  for (std::size_t i = 0; node != nullptr && i < node->keys.size(); ++i) {
    const YamlNode& value = node->items[i];
    const std::string pointer = reader.pointer_of(key) + pointer_segment(node->keys[i].text);
    ParamSpec spec;
    spec.name = node->keys[i].text;
    if (value.is_list()) {
      spec.kind = ParamSpec::kChoices;
      for (const YamlNode& item : value.items) {
        spec.choices.push_back(item.text);
        if (item.is_scalar()) continue;
        reader.sink().error(Code::kConfigWrongType, item, pointer,
                            "a value of a parameter must be a text, not " + shown(item));
      }
    } else if (value.is_map()) {
      MapReader regex(value, pointer, reader.sink());
      spec.kind = ParamSpec::kRegex;
      spec.regex = regex.required_text("regex");
      regex.finish();
    } else if (const auto shape = parse_shape(value.text)) {
      spec.kind = ParamSpec::kNamed;
      spec.named = *shape;
    } else {
      reader.sink().error(
          Code::kTemplateUnknownShape, value, pointer,
          "a shape must be uuid, int, slug, date, hex, a list, or {regex: ...}, not " +
              shown(value) + did_you_mean(value.text, {"uuid", "int", "slug", "date", "hex"}));
      continue;
    }
    params.push_back(std::move(spec));
  }
  return params;
}

RoutesFile load_routes(
    const YamlNode& root, ProblemSink& sink,
    const std::map<std::string, std::shared_ptr<const Fixture>, std::less<>>* fixtures,
    const TenantNames* tenants, const std::filesystem::path& folder) {
  RoutesFile file;
  MapReader reader(root, "", sink);
  std::set<std::string> broken;  // declared but invalid: mentions of them are not dangling
  const YamlNode* upstreams = reader.map("upstreams");
  for (std::size_t i = 0; upstreams != nullptr && i < upstreams->keys.size(); ++i) {
    const std::string& name = upstreams->keys[i].text;
    auto target = read_upstream(name, upstreams->items[i], "/upstreams" + pointer_segment(name),
                                sink, folder);
    if (target) {
      file.upstreams[name] = std::move(target);
    } else {
      broken.insert(name);
    }
  }
  const YamlNode* routes = reader.list("routes");
  for (std::size_t i = 0; routes != nullptr && i < routes->items.size(); ++i) {
    MapReader entry(routes->items[i], "/routes/" + std::to_string(i), sink);
    RouteRule rule;
    rule.where = sink.location(routes->items[i]);
    rule.pointer = entry.pointer();
    rule.path = entry.required_text("path");
    rule.params = read_params(entry, "params");
    const std::string kind = entry.one_of("kind", {"api", "sse", "stream"}).value_or("api");
    rule.kind = kind == "sse"      ? RouteRule::Kind::kSse
                : kind == "stream" ? RouteRule::Kind::kStream
                                   : RouteRule::Kind::kApi;
    rule.methods = read_methods(entry, rule.kind);
    rule.plugin_required = entry.one_of("plugin", {"required", "optional"}) != "optional";
    rule.upstream = entry.text("upstream").value_or("");
    rule.fixture = entry.text("fixture").value_or("");
    rule.strip_prefix = entry.text("strip_prefix").value_or("");
    rule.forward_headers = read_forward_headers(entry);
    rule.tenants = read_tenants(entry, "tenants", tenants, true);
    check_strip_prefix(entry, rule);
    if (entry.is_wrong("upstream") || entry.is_wrong("fixture")) {
      // Already reported.
    } else if (rule.upstream.empty() == rule.fixture.empty()) {
      entry.error(Code::kConfigRequired, "upstream",
                  "a route needs either an \"upstream\" or a \"fixture\"");
    } else if (!rule.upstream.empty()) {
      const auto found = file.upstreams.find(rule.upstream);
      if (found != file.upstreams.end()) {
        rule.target = found->second;
        refuse_credential(entry, rule.forward_headers, *found->second);
        add_forward_headers(rule.forward_headers, found->second->forward_headers);
      } else if (!broken.contains(rule.upstream)) {
        entry.error(Code::kConfigDangling, "upstream",
                    "the upstream \"" + rule.upstream + "\" is not under upstreams" +
                        did_you_mean(rule.upstream, names_in(file.upstreams)));
      }
    } else if (fixtures != nullptr) {
      const auto found = fixtures->find(rule.fixture);
      if (found == fixtures->end()) {
        entry.error(Code::kConfigDangling, "fixture",
                    "the fixture \"" + rule.fixture + "\" is not in fixtures.yaml" +
                        did_you_mean(rule.fixture, names_in(*fixtures)));
      } else {
        rule.answers = found->second;
        if (rule.kind == RouteRule::Kind::kSse && !rule.answers->has_stream()) {
          entry.error(Code::kConfigBadValue, "fixture",
                      "the fixture \"" + rule.fixture + "\" has no stream");
        }
      }
    }
    entry.finish();
    if (!rule.path.empty()) file.routes.push_back(std::move(rule));
  }
  reader.finish();
  return file;
}

}  // namespace portcullis::bff
