#include "api/plugin_endpoints.hpp"
#include "base/query.hpp"
#include "enforce/admission.hpp"
#include "http/etag.hpp"
#include "http/negotiation.hpp"

namespace portcullis::bff {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = ascii_lower(c);
  return out;
}

}  // namespace

Response PluginEndpoints::serve(RequestContext& call, const Plugin& plugin, const Query& query,
                                std::string& outcome) const {
  const auto refuse = [&](Code code, std::string_view detail = {}) {
    outcome = lower(name(code));
    return call.problem(code, detail);
  };
  const Request& request = call.exchange.request();
  const Code code = admitted(call.tenant(), &plugin, parts_.quarantine, Purpose::kBundle);
  if (code != Code::kAllowed) return refuse(code);
  // A wrong `v` names content that does not exist; never serve other bytes under a URL that caches
  // keep.
  const bool versioned = query.count("v") > 0;
  if (versioned && (!plugin.promised || query.single("v") != plugin.promised_hex)) {
    return refuse(Code::kBundleNotFound, "no bundle has this hash");
  }
  const BundleResult loaded = plugin.load_bundle();
  if (!loaded.ok()) return refuse(loaded.code);

  const Content& bundle = *loaded.bundle;
  const bool same = none_match(request, bundle.etag());
  outcome = same ? "not_modified" : "ok";
  Response response(same ? 304 : 200);
  response.header("ETag", bundle.etag())
      .header("Cache-Control",
              versioned ? "private, max-age=31536000, immutable" : "private, no-cache");
  if (!same) {
    auto body = bundle.identity();
    const Encoding encoding = negotiate_encoding(request);
    if (encoding != Encoding::kIdentity) {
      if (auto packed = bundle.body(encoding)) {
        body = std::move(packed);
        response.header("Content-Encoding", coding_name(encoding));
      }
    }
    response.body(std::move(body), "text/javascript; charset=utf-8");
  }
  return std::move(response).vary_accept_encoding();
}

Response PluginEndpoints::bundle(RequestContext& call) const {
  const Query query(call.judgement.query());
  const auto entry = query.single("entry");
  const auto id = query.single("id");
  if (!entry || !id || entry->empty() || *entry != *id || query.count("v") > 1) {
    return call.problem(Code::kBundleEntryMismatch);
  }
  const Plugin* plugin = call.tenant().find(*id);
  if (plugin == nullptr) return call.problem(Code::kPluginUnknown);

  // The answer, its log line and problem document are about this plugin.
  call.judgement.plugin_id = plugin->id();
  call.judgement.plugin = plugin;
  std::string outcome;
  Response response = serve(call, *plugin, query, outcome);
  parts_.metrics.bundle_serve(call.labels(), outcome, parts_.clock.steady() - call.started);
  return response;
}

}  // namespace portcullis::bff
