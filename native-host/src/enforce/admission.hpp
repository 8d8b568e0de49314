// The server's access to the core's admission. All code that lists, serves, judges or closes
// something of a plugin calls admitted(); core/admission alone decides.
#pragma once

#include "domain/config.hpp"
#include "domain/quarantine.hpp"
#include "portcullis/admission.hpp"

namespace portcullis::bff {

/// Returns kAllowed, or why the plugin is not admitted to the purpose now. A null plugin is unknown
/// in this tenant. `version`: the version of something already open, which may differ from the
/// running one; empty for the running one.
[[nodiscard]] inline Code admitted(const Tenant& tenant, const Plugin* plugin,
                                   const Quarantine& quarantine, Purpose purpose,
                                   std::string_view version = {}) {
  if (plugin == nullptr) return admit(AdmissionFacts().set(AdmissionCondition::kUnknown), purpose);
  bool blocked = quarantine.blocks(tenant.id, plugin->id(), plugin->version());
  if (!version.empty() && version != plugin->version()) {
    blocked = blocked || quarantine.blocks(tenant.id, plugin->id(), version);
  }
  return admit(plugin->admission_facts().set(AdmissionCondition::kQuarantined, blocked), purpose);
}

}  // namespace portcullis::bff
