// The plugin's identity and descriptive texts, and where its bundle is.
#include <algorithm>

#include "manifest_reader.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/integrity.hpp"
#include "portcullis/limits.hpp"
#include "portcullis/semver.hpp"

namespace portcullis {

// Ids appear in URLs, headers, metric labels and folder names, so only characters safe in all of
// them are allowed. ':' is excluded because "id:component" names a widget to the PDP.
bool is_plugin_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > limits::kMaxPluginIdBytes) return false;
  if (text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace portcullis

namespace portcullis::manifest_reader {

namespace {

void read_id(const At& at, ProblemList& problems, std::string& out) {
  if (!at) return report_required(at, R"("id": "my-plugin")", problems);
  if (!want_string(at, problems)) return;
  out = std::string(at.view.text());
  if (is_plugin_id(out)) return;
  problems.error(Code::kManifestBadId, at,
                 "~ is not a valid plugin id; write at most @ of the characters a-z 0-9 - . _ and "
                 "start with a letter.",
                 {out, limits::kMaxPluginIdBytes});
}

// Plain SemVer, without the leading "v" and white space node-semver tolerates: the text is compared
// and stored as is.
void read_version(const At& at, ProblemList& problems, std::string& out) {
  if (!at) return report_required(at, R"("version": "1.0.0")", problems);
  if (!want_string(at, problems)) return;
  out = std::string(at.view.text());
  const bool plain =
      !out.empty() && out.front() >= '0' && out.front() <= '9' &&
      std::all_of(out.begin(), out.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (plain && semver::parse(out)) return;
  problems.error(Code::kSemverInvalidVersion, at,
                 R"(~ is not a valid version; write MAJOR.MINOR.PATCH, for example "1.0.0".)",
                 {out});
}

void read_engine(const At& engine, ProblemList& problems, std::string& out) {
  constexpr std::string_view kExample = R"("engine": { "experience": ">=1.0.0 <2.0.0" })";
  if (!engine) return report_required(engine.child("experience"), kExample, problems);
  if (!want_object(engine, problems)) return;
  const At at = engine.child("experience");
  if (!at) {
    report_required(at, kExample, problems);
  } else if (want_string(at, problems)) {
    out = std::string(at.view.text());
    if (out.size() > limits::kMaxSemverBytes) {
      problems.error(Code::kManifestTextTooLong, at, "The range is @ bytes long; the limit is @.",
                     {out.size(), limits::kMaxSemverBytes});
    } else if (out.find_first_not_of(" \t\r\n") == std::string::npos) {
      // node-semver reads an empty range as "*"; an optional check protects nothing.
      problems.error(Code::kManifestRequired, at,
                     R"("experience" is empty; write a range such as ">=1.0.0 <2.0.0", or "*".)");
    } else if (!semver::parse_range(out)) {
      problems.error(Code::kSemverInvalidRange, at,
                     R"(~ is not a valid version range; write for example ">=1.0.0 <2.0.0".)",
                     {out});
    }
  }
  warn_unknown_keys(engine, {"experience"}, problems);
}

// Whether the text is a target of this origin in canonical form: "//host/x", "https://host/x" and
// "/a/../b" are not.
bool is_own_target(std::string_view text) {
  CanonicalPath canonical;
  return canonicalize(text, canonical) == Code::kAllowed && canonical.target() == text;
}

void read_own_target(const At& at, ProblemList& problems, std::string& out) {
  read_text(at, limits::kMaxTextBytes, problems, out);
  if (out.empty() || is_own_target(out)) return;
  problems.error(Code::kManifestBadValue, at,
                 R"(~ is not a canonical path of this origin; write for example )"
                 R"("/assets/icon.svg", without scheme and host.)",
                 {out});
}

void read_tags(const At& at, ProblemList& problems, std::vector<std::string>& out) {
  if (!at || !want_array(at, limits::kMaxListEntries, problems)) return;
  std::size_t index = 0;
  for (const json::View entry : at.view.children()) {
    std::string tag;
    read_text(at.child(entry, index++), limits::kMaxNameBytes, problems, tag);
    out.push_back(std::move(tag));
  }
}

void read_trust(const At& at, ProblemList& problems, Trust& out) {
  if (!at || !want_string(at, problems)) return;
  const std::string_view text = at.view.text();
  if (text == name(Trust::kSandboxed)) {
    out = Trust::kSandboxed;
  } else if (text != name(Trust::kTrusted)) {
    // Never guess: an unknown tier may require more containment.
    problems.error(Code::kManifestBadValue, at,
                   R"(~ is not a trust tier; write "trusted" or "sandboxed".)", {text});
  }
}

// Entries are names, or objects with at least a name.
void read_named_list(const At& at, std::initializer_list<std::string_view> keys,
                     ProblemList& problems, std::string& out) {
  if (!at || !want_array(at, limits::kMaxListEntries, problems)) return;
  std::size_t index = 0;
  for (const json::View view : at.view.children()) {
    const At entry = at.child(view, index++);
    std::string ignored;
    if (view.is_string()) {
      read_text(entry, limits::kMaxNameBytes, problems, ignored);
    } else if (want_object(entry, problems)) {
      const At name = entry.child("name");
      if (!name) report_required(name, R"("name": "...")", problems);
      read_text(name, limits::kMaxNameBytes, problems, ignored);
      read_text(entry.child("displayName"), limits::kMaxNameBytes, problems, ignored);
      read_text(entry.child("description"), limits::kMaxTextBytes, problems, ignored);
      warn_unknown_keys(entry, keys, problems);
    }
  }
  out = json::dump(at.view);
}

}  // namespace

void read_identity(const At& root, ProblemList& problems, Manifest& out) {
  read_id(root.child("id"), problems, out.id);
  read_version(root.child("version"), problems, out.version);
  read_engine(root.child("engine"), problems, out.engine_experience);
}

void read_description(const At& root, ProblemList& problems, Manifest& out) {
  read_text(root.child("displayName"), limits::kMaxNameBytes, problems, out.display_name);
  read_text(root.child("description"), limits::kMaxTextBytes, problems, out.description);
  read_text(root.child("author"), limits::kMaxTextBytes, problems, out.author);
  read_text(root.child("category"), limits::kMaxNameBytes, problems, out.category);
  read_tags(root.child("tags"), problems, out.tags);
  read_own_target(root.child("iconUrl"), problems, out.icon_url);
  read_trust(root.child("trust"), problems, out.trust);
  read_named_list(root.child("features"), {"name", "displayName", "description", "displayOrder"},
                  problems, out.features_json);
  const At config = root.child("config");
  if (config && want_object(config, problems)) out.config_json = json::dump(config.view);
  read_named_list(root.child("roles"), {"name", "displayName", "description", "permissions"},
                  problems, out.roles_json);
}

void read_bundle(const At& root, ProblemList& problems, Manifest& out) {
  const At bundle = root.child("bundle");
  if (!bundle || !want_object(bundle, problems)) return;
  BundleReference& reference = out.bundle.emplace();
  read_text(bundle.child("file"), limits::kMaxTextBytes, problems, reference.file);
  read_own_target(bundle.child("url"), problems, reference.url);
  const At integrity = bundle.child("integrity");
  if (integrity && want_string(integrity, problems)) {
    reference.integrity = std::string(integrity.view.text());
    Integrity ignored;
    const Code code = parse_integrity(reference.integrity, ignored);
    if (code != Code::kAllowed) {
      problems.error(code, integrity,
                     R"(~ is not a bundle hash; write "sha256:" and 64 hexadecimal digits, or )"
                     R"("sha256-" and 44 characters of base64.)",
                     {reference.integrity});
    }
  }
  warn_unknown_keys(bundle, {"file", "url", "integrity"}, problems);
}

}  // namespace portcullis::manifest_reader
