// The server's one way to ask the core's admission.
//
// Everything that lists, serves, judges or closes something of a plugin asks admitted(); what may
// be served is decided by core/admission alone.
#pragma once

#include "domain/config.hpp"
#include "domain/quarantine.hpp"
#include "portcullis/admission.hpp"

namespace portcullis::bff {

/// kAllowed, or why this plugin of the tenant is not admitted to the purpose now. Null: it has none
/// of this id. `version`: of what is open already, which may have been opened under another one
/// than runs now; empty: the one that runs.
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
