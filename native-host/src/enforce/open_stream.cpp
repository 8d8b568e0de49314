#include "enforce/admission.hpp"
#include "enforce/judgement.hpp"

namespace portcullis::bff {

Code judge_open_stream(const StreamInfo& stream, const Snapshot& snapshot,
                       const Quarantine& quarantine) {
  const auto tenant = snapshot.tenants.find(stream.tenant);
  if (tenant == snapshot.tenants.end()) return Code::kTenantUnknown;
  const Plugin* plugin = nullptr;
  if (!stream.plugin_id.empty()) {
    plugin = tenant->second->find(stream.plugin_id);
    const Code code =
        admitted(*tenant->second, plugin, quarantine, Purpose::kStayOpen, stream.version);
    if (code != Code::kAllowed) return code;
    const PluginPolicy& policy = plugin->policy;
    if (stream.sse) {
      if (policy.sse().find(stream.topic) < 0) return Code::kTopicNotAllowed;
    } else {
      const auto method = parse_method(stream.method);
      if (!method || policy.api().find(*method, stream.topic) < 0) {
        return Code::kAllowlistViolation;
      }
    }
  }
  if (stream.served_by.empty() || RouteTable::is_host_path(stream.topic)) return Code::kAllowed;
  const auto match = snapshot.routes.find(stream.tenant, stream.method, stream.topic);
  if (match.rule == nullptr) return Code::kRouteNotFound;
  if (match.rule->plugin_required && plugin == nullptr) return Code::kPluginIdRequired;
  // The path has another meaning now; what is open belongs to the old one.
  const std::string& served_by =
      match.rule->upstream.empty() ? match.rule->fixture : match.rule->upstream;
  if ((match.rule->kind == RouteRule::Kind::kSse) != stream.sse || served_by != stream.served_by) {
    return Code::kRouteNotFound;
  }
  const bool answer = stream.kind == StreamKind::kPluginStream && !stream.sse;
  if (answer && match.rule->kind != RouteRule::Kind::kStream) return Code::kRouteNotFound;
  return Code::kAllowed;
}

}  // namespace portcullis::bff
