// Manifest: what a plugin is, contributes and may call.
//
// Decides whether a manifest is valid and reports all problems at once, each with code, severity,
// JSON pointer (RFC 6901) and a sentence that says what to write instead. One error makes the whole
// manifest invalid. Unknown keys are warnings, so that older hosts accept newer manifests.
// Compatibility (semver.hpp), mounting (authzen.hpp), calls (decision.hpp), bundle bytes and YAML
// are decided elsewhere.
//
// Input: RFC 8259 text of at most limits::kMaxManifestBytes, nested at most
// limits::kMaxManifestDepth deep. Duplicate keys (RFC 8259, section 4) and invalid UTF-8 are
// errors. Invalid JSON gives one JSON_* problem with pointer "" and the line and column in its
// message. spec/manifest.schema.json describes the same shape for editors; this parser is
// authoritative.
//
// Linear in the text, plus compiling the rules. Never throws (allocation aside). Thread-safe: no
// shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/allow_list.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/decision.hpp"
#include "portcullis/integrity.hpp"

namespace portcullis {

/// How much a problem matters.
enum class Severity : std::uint8_t {
  kError,    ///< the manifest is invalid
  kWarning,  ///< the manifest is valid; something in it has no effect
};

/// "error" or "warning".
std::string_view name(Severity severity) noexcept;

/// One problem of a manifest.
struct Problem {
  using Severity = portcullis::Severity;
  static constexpr Severity kError = Severity::kError;
  static constexpr Severity kWarning = Severity::kWarning;

  Severity severity;
  Code code;
  std::string pointer;  ///< RFC 6901; for a missing key: where it belongs
  std::string message;  ///< one sentence: what is wrong and what to write
};

/// A page route that the plugin contributes.
struct Route {
  std::string path;                       ///< a path template without params
  std::string component;                  ///< a key of the bundle's `routes`
  std::string resource = "plugin.route";  ///< AuthZEN resource.type
  std::string action = "view";            ///< AuthZEN action.name
};

/// A widget that the plugin contributes.
struct Widget {
  std::string slot;                        ///< the slot, e.g. dashboard.main
  std::string component;                   ///< a key of the bundle's `widgets`
  std::string resource = "plugin.widget";  ///< AuthZEN resource.type
  std::string action = "view";             ///< AuthZEN action.name
};

/// Trust tier of a plugin.
enum class Trust : std::uint8_t {
  kTrusted,    ///< runs in the host's realm: constrained, not contained
  kSandboxed,  ///< runs in an opaque-origin frame
};

/// "trusted" or "sandboxed".
std::string_view name(Trust trust) noexcept;

/// Where the bundle is. Accepted in every manifest: the server reads `file` from its YAML, the wire
/// carries `url`. Missing keys are empty.
struct BundleReference {
  std::string file;
  std::string url;
  std::string integrity;  ///< verified by parse_integrity if not empty
};

/// A valid manifest.
struct Manifest {
  std::string id;
  std::string version;            ///< as written; valid SemVer
  std::string engine_experience;  ///< as written; a valid range
  std::string display_name;       ///< empty when absent, like all texts below
  std::string description;
  std::string author;
  std::string category;
  std::vector<std::string> tags;
  std::string icon_url;  ///< a canonical path of this origin
  Trust trust = Trust::kTrusted;
  std::string features_json;  ///< compact JSON text of an array; empty when absent
  std::string config_json;    ///< compact JSON text of an object; empty when absent
  std::string roles_json;     ///< compact JSON text of an array; empty when absent
  std::vector<Route> routes;
  std::vector<Widget> widgets;
  std::vector<ApiRule> api;      ///< permissions.api; indexes match Verdict::rule
  std::vector<std::string> sse;  ///< permissions.sse
  std::optional<BundleReference> bundle;
};

/// The outcome of parsing. Movable, not copyable (the policy is not).
struct ManifestResult {
  std::optional<Manifest> manifest;    ///< set exactly when no problem is an error
  std::optional<PluginPolicy> policy;  ///< the compiled permissions; set when manifest is
  std::vector<Problem> problems;       ///< identity first, then texts, contributions, permissions
  /// Whether the manifest is valid.
  [[nodiscard]] bool ok() const noexcept { return manifest.has_value(); }
};

/// Whether the text is a plugin id, as used in manifests, headers and URLs: 1 to
/// limits::kMaxPluginIdBytes characters from a-z 0-9 - . _, starting with a letter.
[[nodiscard]] bool is_plugin_id(std::string_view text) noexcept;

/// Parses one manifest. Reports at most limits::kMaxManifestProblems problems; if there are more,
/// the last is MANIFEST_TOO_MANY_PROBLEMS.
[[nodiscard]] ManifestResult parse_manifest(std::string_view json_text);

/// The canonical JSON of a manifest for the wire: fixed key order, defaults written out, missing
/// keys omitted, no `bundle` (the server adds {url, integrity}).
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// The text an operator's key signs for a manifest: three lines, each ended by LF,
///   portcullis-manifest-v1
///   sha256:HEX              of its bundle
///   {"id":...}              to_json(manifest)
/// A signature thus covers one id, version and set of permissions with one bundle, independent of
/// the manifest's notation (YAML or JSON, key order, omitted defaults). Members of `features`,
/// `config` and `roles` keep their order and number spelling. The text is not a valid ES module, so
/// a signature over a bundle cannot pass for one over a manifest.
[[nodiscard]] std::string signing_statement(const Manifest& manifest, const Integrity& bundle);

/// [{"severity","code","pointer","message"}, ...]
[[nodiscard]] std::string to_json(const std::vector<Problem>& problems);

}  // namespace portcullis
