#include "portcullis/stamp.hpp"

#include "enforce/stages.hpp"
#include "http/query.hpp"

namespace portcullis::bff::enforce {

namespace {

/// The bundle that the browser itself loads (`modulepreload`, then `import()`), which nothing can
/// stamp. Its session and the hash in its address protect it: the bytes are the published ones or
/// none, and whoever has the session may list the address anyway. Without `v` it is a call like any
/// other.
bool is_addressed_by_hash(const Judgement& judgement) {
  return judgement.target.endpoint == Endpoint::kBundle && judgement.has_query() &&
         Query(judgement.query()).count("v") > 0;
}

std::string_view sentence(StampFault fault) {
  switch (fault) {
    case StampFault::kNone:
      break;
    case StampFault::kUnknownKey:
      return "this session has no such page key; a page that is loaded again gets one";
    case StampFault::kWrongMac:
      return "the stamp is of another call, or of no page key";
    case StampFault::kAsleep:
      return "the page of this key is suspended";
    case StampFault::kPluginEnded:
      return "the plugin was quarantined after this page key was made; the page needs a new one";
    case StampFault::kReplayed:
      return "the stamp's counter was used, or is too old";
  }
  return {};
}

Code refuse(Judgement& judgement, StampFault fault) {
  judgement.detail = sentence(fault);
  return fault == StampFault::kReplayed ? Code::kStampReplayed : Code::kStampInvalid;
}

/// Then that is why its stamps are over, and what it is told.
bool is_quarantined(const Grounds& grounds, const Judgement& judgement) {
  const Plugin* plugin = judgement.tenant->find(judgement.plugin_id);
  return plugin != nullptr &&
         grounds.quarantine.blocks(judgement.tenant->id, plugin->id(), plugin->version());
}

}  // namespace

Code stamp(const Request& request, const Grounds& grounds, Judgement& judgement) {
  using Need = Needs::Stamp;
  const Need need = judgement.target.needs.stamp;
  const Stamps setting = judgement.tenant->stamps;
  // No browser shows an operator's token by itself, and no page has it: it needs no page's word.
  if (need == Need::kNone || judgement.by_token || is_addressed_by_hash(judgement)) {
    return Code::kAllowed;
  }
  if (setting == Stamps::kOff && need != Need::kAlways) return Code::kAllowed;
  if (request.count("x-plugin-stamp") == 0) {
    const bool required = setting == Stamps::kRequired || need == Need::kAlways;
    return required ? Code::kStampRequired : Code::kAllowed;
  }
  // Two, or one that is none: never "the first of them".
  const auto value = request.single("x-plugin-stamp");
  Stamp parsed;
  if (!value || !judgement.session || parse_stamp(*value, parsed) != Code::kAllowed) {
    return refuse(judgement, StampFault::kWrongMac);
  }
  const StampedCall call{
      judgement.plugin_id.empty() ? kHostCaller : std::string_view(judgement.plugin_id),
      request.method, judgement.canonical};
  const StampFault fault = grounds.page_keys.check(parsed, *judgement.session, call);
  if (fault == StampFault::kPluginEnded && is_quarantined(grounds, judgement)) {
    return Code::kPluginQuarantined;
  }
  if (fault != StampFault::kNone) return refuse(judgement, fault);
  judgement.stamped = true;
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
