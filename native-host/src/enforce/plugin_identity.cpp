#include <algorithm>

#include "enforce/stages.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff::enforce {

namespace {

/// As MANIFEST_BAD_ID has it.
bool well_formed(std::string_view id) {
  return !id.empty() && id.size() <= limits::kMaxPluginIdBytes && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

Code plugin_identity(const Request& request, const Grounds&, Judgement& judgement) {
  using Caller = Needs::Caller;
  const Caller caller = judgement.target.needs.caller;
  if (caller == Caller::kAnyone) return Code::kAllowed;
  const std::size_t count = request.count("x-plugin-id");
  if (caller == Caller::kHostOnly) {
    return count == 0 ? Code::kAllowed : Code::kPluginIdentityRefused;
  }
  if (count == 0) {
    return caller == Caller::kPluginRequired ? Code::kPluginIdRequired : Code::kAllowed;
  }
  // Two, or one that is no id: which plugin it is cannot be told, so it is none.
  const auto id = request.single("x-plugin-id");
  if (!id || !well_formed(*id)) return Code::kPluginIdRequired;
  judgement.plugin_id = *id;
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
