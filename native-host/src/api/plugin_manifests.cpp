#include <algorithm>

#include "api/plugin_endpoints.hpp"
#include "enforce/admission.hpp"
#include "http/etag.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff {

Response PluginEndpoints::manifests(RequestContext& call) const {
  // Quarantined or insufficiently signed plugins are left out; which these are changes without a
  // reload.
  std::string left_out;
  const Tenant& tenant = call.tenant();
  const Quarantine& quarantine = parts_.quarantine;
  if (quarantine.size() > 0 || tenant.signatures_required) {
    for (const auto& [id, plugin] : tenant.plugins) {
      if (admitted(tenant, plugin.get(), quarantine, Purpose::kList) == Code::kAllowed) continue;
      if (!left_out.empty()) left_out += ' ';
      left_out += id;
    }
  }
  const ManifestsAnswer answer = call.serving->manifests(tenant, left_out);
  const bool same = none_match(call.exchange.request(), answer.etag);
  Response response(same ? 304 : 200);
  response.header("ETag", answer.etag).header("Cache-Control", "private, no-cache");
  if (!same) {
    auto body = answer.document->identity();
    const Encoding encoding = negotiate_encoding(call.exchange.request());
    if (encoding != Encoding::kIdentity && body->size() > 1024) {
      if (auto packed = answer.document->body(encoding)) {
        body = std::move(packed);
        response.header("Content-Encoding", coding_name(encoding));
      }
    }
    response.body(std::move(body), "application/json");
  }
  return std::move(response).vary_accept_encoding();
}

}  // namespace portcullis::bff
