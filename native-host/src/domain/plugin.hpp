// A plugin of a tenant: its manifest, its compiled policy and the promised integrity of its bundle.
//
// Integrity. Under one snapshot, the bundle endpoint serves only bytes with the hash that the
// manifest announced:
//   declared in YAML        the declared hash, whatever is on disk
//   not declared            the hash of the file when the snapshot was loaded
//   not declared, no file   none; the bundle is not served until a refresh
// If the file changes on disk, the endpoint answers INTEGRITY_MISMATCH (409) until a refresh
// creates a new snapshot, or the old bytes are restored. A write to the folder alone, accidental or
// malicious, therefore never reaches a browser.
//
// Signatures, where the tenant requires them, are verified when the snapshot is made, over the
// promised hash and the manifest's statement. A plugin without a trusted signature is not listed,
// and is refused like a disabled one, with its own code (admission_facts()).
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

/// Token bucket settings.
struct Rate {
  double per_second = 50;
  double burst = 100;
};

/// One plugin. Immutable except for `bundles` and `signature_status`, which are thread-safe.
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
  std::optional<Integrity> promised;  ///< the announced hash (see above); absent: none
  std::string promised_hex{};         ///< its digest in hexadecimal: the `v` of the bundle URL
  std::string bundle_url;             ///< "/api/plugins/bundle?entry=ID&id=ID[&v=HEX]"
  /// The wire form: the manifest with `bundle: {url, integrity}`. `integrity` is null if none is
  /// promised, so that no SDK imports the bundle. Contains no server path.
  std::string manifest_json;

  std::shared_ptr<BundleSource> bundles;
  /// The current validity of its signatures; null if none are required. It refers to `promised`,
  /// and so to the bytes that load_bundle() returns.
  std::shared_ptr<SignatureStatus> signature_status;

  const std::string& id() const noexcept { return manifest.id; }
  const std::string& version() const noexcept { return manifest.version; }

  /// The admission conditions known from the configuration and the clock. Quarantine is not
  /// included.
  [[nodiscard]] AdmissionFacts admission_facts() const noexcept {
    return AdmissionFacts()
        .set(AdmissionCondition::kDisabled, !enabled)
        .untrusted(signature_status ? signature_status->code() : Code::kAllowed)
        .set(AdmissionCondition::kIncompatible, !compatible)
        .set(AdmissionCondition::kUncontained, manifest.trust == portcullis::Trust::kSandboxed);
  }

  /// Loads the promised bundle. Returns kIntegrityMismatch if the file has other bytes,
  /// kBundleNotFound without a file or a promise, else as BundleSource::load. Thread-safe.
  BundleResult load_bundle() const;
};

}  // namespace portcullis::bff
