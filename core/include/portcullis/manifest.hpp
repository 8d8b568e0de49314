// Manifest: what a plugin says that it is, contributes and needs.
//
// Decides whether a manifest is valid, and says of everything that is wrong with it what, where and
// what to write instead: a code, a severity, a JSON pointer (RFC 6901) and one sentence. Several
// problems are reported at once. A manifest with one error is no manifest: nothing of it counts.
// Unknown keys are warnings, so that an older host reads a newer manifest.
//
// Does not decide whether the plugin is compatible with a host (semver.hpp, check_engine), whether
// a contribution may be mounted (authzen.hpp) or a call made (decision.hpp), and never looks at the
// bundle's bytes. Reads no file and no YAML: the server turns YAML into JSON text first and maps
// the pointers back to its lines.
//
// Order of calls: parse_manifest; if ok(), take the manifest and the policy out of the result.
//
// The text: RFC 8259, at most limits::kMaxManifestBytes long and limits::kMaxManifestDepth deep.
// The same key twice in one object is an error (RFC 8259 section 4: behaviour is unpredictable),
// and so is text that is not valid UTF-8. Text that is no JSON gives one JSON_* problem with
// pointer "" and the line and column in its sentence. spec/manifest.schema.json describes the same
// shape for editors; this reader knows more than a schema can say and is what counts.
//
// Cost: linear in the text, plus compiling the rules. Nothing here throws.
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

enum class Severity : std::uint8_t {
  kError,    ///< the manifest is invalid
  kWarning,  ///< the manifest is valid; something in it has no effect
};

/// "error" or "warning".
std::string_view name(Severity severity) noexcept;

struct Problem {
  using Severity = portcullis::Severity;
  static constexpr Severity kError = Severity::kError;
  static constexpr Severity kWarning = Severity::kWarning;

  Severity severity;
  Code code;
  std::string pointer;  ///< RFC 6901; of a key that is absent: where it would stand
  std::string message;  ///< one sentence: what is wrong and what to write
};

struct Route {
  std::string path;                       ///< a path template without params
  std::string component;                  ///< a key of the bundle's `routes`
  std::string resource = "plugin.route";  ///< AuthZEN resource.type
  std::string action = "view";            ///< AuthZEN action.name
};

struct Widget {
  std::string slot;                        ///< where it goes, for example dashboard.main
  std::string component;                   ///< a key of the bundle's `widgets`
  std::string resource = "plugin.widget";  ///< AuthZEN resource.type
  std::string action = "view";             ///< AuthZEN action.name
};

enum class Trust : std::uint8_t {
  kTrusted,    ///< runs in the host's realm: constrained, not contained
  kSandboxed,  ///< runs in an opaque-origin frame
};

/// "trusted" or "sandboxed".
std::string_view name(Trust trust) noexcept;

/// Where the bundle is. Tolerated in every manifest, judged by who uses it: the server reads `file`
/// of its YAML, the wire carries `url`. Absent keys are empty.
struct BundleReference {
  std::string file;
  std::string url;
  std::string integrity;  ///< checked by parse_integrity when not empty
};

struct Manifest {
  std::string id;
  std::string version;            ///< as written; valid SemVer
  std::string engine_experience;  ///< as written; a valid range
  std::string display_name;       ///< empty when absent, as all texts below
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
  std::vector<ApiRule> api;      ///< permissions.api; an index here is the rule's in a Verdict
  std::vector<std::string> sse;  ///< permissions.sse
  std::optional<BundleReference> bundle;
};

/// Movable, not copyable: the policy is one block of compiled rules.
struct ManifestResult {
  std::optional<Manifest> manifest;    ///< set exactly when no problem is an error
  std::optional<PluginPolicy> policy;  ///< the compiled permissions; set when manifest is
  std::vector<Problem> problems;       ///< identity first, then texts, contributions, permissions
  [[nodiscard]] bool ok() const noexcept { return manifest.has_value(); }
};

/// What the id of a plugin is, in manifests, headers and addresses: at most
/// limits::kMaxPluginIdBytes of the characters a-z 0-9 - . _, the first of them a letter.
[[nodiscard]] bool is_plugin_id(std::string_view text) noexcept;

/// Reads one manifest. At most limits::kMaxManifestProblems problems; a last one,
/// MANIFEST_TOO_MANY_PROBLEMS, says that more were left out.
[[nodiscard]] ManifestResult parse_manifest(std::string_view json_text);

/// Reads the wire's list, a JSON array of manifests: one result per entry, in order; an entry that
/// is invalid does not spoil the others. `why` is kAllowed, or says why the text is no such list
/// (JSON_*), and then the answer is empty. Two entries with one id: the second is an error.
[[nodiscard]] std::vector<ManifestResult> parse_manifest_list(std::string_view json_text,
                                                              Code* why = nullptr);

/// The canonical JSON of a manifest for the wire: fixed key order, defaults written out, absent
/// keys left out, and never `bundle`; the server adds its own {url, integrity}.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// What an operator's key signs for a manifest: three lines, each with its line feed,
///   portcullis-manifest-v1
///   sha256:HEX              of the bundle that belongs to it
///   {"id":...}              to_json(manifest)
/// So the signature holds for one id, version and set of permissions, with one bundle, however the
/// manifest was written down (YAML, JSON, keys in any order, defaults left out). Members of
/// `features`, `config` and `roles` keep their order and numbers as they are written. The text is
/// no module that parses: a signature over a bundle can not be taken for one over a manifest.
[[nodiscard]] std::string signing_statement(const Manifest& manifest, const Integrity& bundle);

/// [{"severity","code","pointer","message"}, ...]
[[nodiscard]] std::string to_json(const std::vector<Problem>& problems);

/// Compiles the permissions once more, where ManifestResult::policy is not at hand. Never fails for
/// a manifest that parse_manifest gave; nullopt for one that was put together by hand and is wrong.
[[nodiscard]] std::optional<PluginPolicy> compile_policy(const Manifest& manifest);

}  // namespace portcullis
