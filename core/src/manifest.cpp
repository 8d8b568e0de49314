#include "portcullis/manifest.hpp"

#include <utility>

#include "filled.hpp"
#include "manifest_reader.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

namespace {

std::string sentence(const json::Error& error) {
  if (error.code == Code::kJsonTooLarge) return filled("The text is too large: @.", {error.reason});
  return filled("The text @ at line @, column @: @.",
                {error.code == Code::kJsonTooDeep       ? "is nested too deeply"
                 : error.code == Code::kJsonTooManyKeys ? "has too many keys"
                                                        : "is not JSON",
                 error.line, error.column, error.reason});
}

}  // namespace

namespace manifest_reader {

ManifestResult read_manifest(json::View root, const std::vector<std::string>& duplicates) {
  ManifestResult result;
  ProblemList problems;
  for (const std::string& pointer : duplicates) {
    problems.add(Severity::kError, Code::kJsonDuplicateKey, pointer,
                 "Duplicate key; remove one of the two.");
  }
  const At at{root};
  if (json::depth(root) > limits::kMaxManifestDepth) {
    problems.error(Code::kJsonTooDeep, at,
                   "The manifest is nested deeper than @ levels; flatten it.",
                   {limits::kMaxManifestDepth});
  } else if (want_object(at, problems)) {
    Manifest& manifest = result.manifest.emplace();
    read_identity(at, problems, manifest);
    read_description(at, problems, manifest);
    read_bundle(at, problems, manifest);
    read_contributions(at, problems, manifest);
    read_permissions(at, problems, manifest, result.policy);
    warn_unknown_keys(at,
                      {"$schema", "id", "version", "engine", "displayName", "description", "author",
                       "category", "tags", "iconUrl", "features", "trust", "config", "roles",
                       "bundle", "contributions", "permissions"},
                      problems);
    // A missing policy without a fatal problem cannot happen, and must not pass as a plugin without
    // rules.
    if (problems.has_error() || !result.policy) {
      result.manifest.reset();
      result.policy.reset();
    }
  }
  result.problems = problems.take();
  return result;
}

ManifestResult read_inner_manifest(json::View root, const std::vector<std::string>& duplicates) {
  std::size_t bytes = json::dump_bound(root);
  if (bytes > limits::kMaxManifestBytes) bytes = json::dump(root).size();
  if (bytes <= limits::kMaxManifestBytes) return read_manifest(root, duplicates);
  ManifestResult result;
  result.problems.push_back({Severity::kError, Code::kJsonTooLarge, "",
                             filled("The manifest is @ bytes long; the limit is @.",
                                    {bytes, limits::kMaxManifestBytes})});
  return result;
}

}  // namespace manifest_reader

std::string_view name(Severity severity) noexcept {
  return severity == Severity::kError ? "error" : "warning";
}

std::string_view name(Trust trust) noexcept {
  return trust == Trust::kSandboxed ? "sandboxed" : "trusted";
}

ManifestResult parse_manifest(std::string_view json_text) {
  json::Document document;
  const json::Limits limits{limits::kMaxManifestBytes, limits::kMaxManifestDepth};
  const json::Error error = json::read(json_text, limits, document);
  if (error.code != Code::kAllowed) {
    ManifestResult result;
    result.problems.push_back({Severity::kError, error.code, error.pointer, sentence(error)});
    return result;
  }
  return manifest_reader::read_manifest(document.root(), document.duplicates());
}

}  // namespace portcullis
