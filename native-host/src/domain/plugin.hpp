// One plugin as one tenant lists it: its manifest, its compiled policy and the promise about its
// bundle.
//
// The promise. What a session was told in the manifest (the hash) is what it may get from the
// bundle endpoint under this snapshot:
//   declared in YAML        the promise is the declared hash, whatever is on disk
//   not declared            the promise is the hash of the file when the snapshot was loaded
//   not declared, no file   there is no promise; the bundle is not served until a refresh
// A file that is changed on disk afterwards gives INTEGRITY_MISMATCH (409) until a refresh makes a
// new snapshot, and with it a new promise: nobody gets bytes that no manifest announced, and an
// accidental or malicious write to the folder does not reach a browser by itself. Restoring the
// old bytes heals it without a refresh.
//
// Signatures. Where a tenant requires them, they are checked when the snapshot is made, over the
// promised hash and over the manifest's statement. What has none that is trusted is known, listed
// nowhere, and refused like a disabled plugin is, with a code of its own (admission_facts()).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "domain/bundle_source.hpp"
#include "domain/config_problem.hpp"
#include "domain/trust.hpp"
#include "portcullis/admission.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/integrity.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis::bff {

/// A token bucket's size.
struct Rate {
  double per_second = 50;
  double burst = 100;
};

struct Plugin {
  Manifest manifest;
  PluginPolicy policy;
  bool enabled = true;       ///< false: known, but refused with PLUGIN_DISABLED
  bool compatible = true;    ///< its engine.experience covers the host's version
  std::optional<Rate> rate;  ///< absent: settings.rate
  Location where;            ///< of the entry in plugins.yaml
  std::string tenant;        ///< normalised id

  std::string bundle_file;            ///< relative to the plugins folder; empty: none declared
  std::optional<Integrity> declared;  ///< bundle.integrity of the YAML
  std::optional<Integrity> promised;  ///< see above
  std::string promised_hex{};         ///< its digest in hexadecimal: the `v` of its URL
  std::string bundle_url;             ///< "/api/plugins/bundle?entry=ID&id=ID[&v=HEX]"
  /// As served: the manifest with `bundle: {url, integrity}`; integrity is null without a promise,
  /// so that no SDK imports it. Never a server path.
  std::string manifest_json;

  std::shared_ptr<BundleSource> bundles;
  /// What its signatures are worth now; null where none are required. It holds for `promised`, so
  /// for the very bytes that load_bundle() gives.
  std::shared_ptr<SignatureStatus> signature_status;

  const std::string& id() const noexcept { return manifest.id; }
  const std::string& version() const noexcept { return manifest.version; }

  /// What is so of it by the configuration and the clock; whether it is quarantined is not in it.
  [[nodiscard]] AdmissionFacts admission_facts() const noexcept {
    return AdmissionFacts()
        .set(AdmissionCondition::kDisabled, !enabled)
        .untrusted(signature_status ? signature_status->code() : Code::kAllowed)
        .set(AdmissionCondition::kIncompatible, !compatible)
        .set(AdmissionCondition::kUncontained, manifest.trust == portcullis::Trust::kSandboxed);
  }

  /// The bundle that the manifest promised. kIntegrityMismatch when the file has other bytes,
  /// kBundleNotFound without a file or a promise, else as BundleSource::load. Thread-safe.
  BundleResult load_bundle() const;
};

}  // namespace portcullis::bff
