#include <algorithm>

#include "console_ops.hpp"
#include "manifest_reader.hpp"
#include "portcullis/decision.hpp"

namespace portcullis::console {

namespace {

// Writes the members of a Decision without braces: the answer's object is already open.
void write(const Decision& decision, json::Writer& answer) {
  const std::string text = to_json(decision);
  answer.raw(std::string_view(text).substr(1, text.size() - 2));
}

// An invalid manifest has no rules to decide by.
Decision invalid(const ManifestResult& result) {
  Decision decision;
  decision.code = Code::kManifestInvalid;
  decision.explain = "The manifest is invalid, so nothing is allowed.";
  const auto first =
      std::find_if(result.problems.begin(), result.problems.end(),
                   [](const Problem& problem) { return problem.severity == Severity::kError; });
  if (first != result.problems.end()) {
    decision.explain = "The manifest is invalid, so nothing is allowed: ";
    if (!first->pointer.empty()) decision.explain += first->pointer + ": ";
    decision.explain += first->message;
  }
  return decision;
}

}  // namespace

bool read_manifest_argument(const Request& request, json::View value, std::string_view pointer,
                            ManifestResult& out) {
  if (value.is_string()) {
    out = parse_manifest(value.text());
  } else if (value.is_object()) {
    out = manifest_reader::read_inner_manifest(value,
                                               manifest_reader::below(request.duplicates, pointer));
  } else {
    return false;
  }
  return true;
}

Code manifest_validate(const Request& request, json::Writer& answer) {
  ManifestResult result;
  if (!read_manifest_argument(request, request.root.find("manifest"), "/manifest", result)) {
    return Code::kConsoleBadArgument;
  }
  answer.key("ok").boolean(result.ok()).key("problems").raw(to_json(result.problems));
  return Code::kAllowed;
}

Code manifest_canonical(const Request& request, json::Writer& answer) {
  ManifestResult result;
  if (!read_manifest_argument(request, request.root.find("manifest"), "/manifest", result)) {
    return Code::kConsoleBadArgument;
  }
  answer.key("manifest");
  if (result.ok()) {
    answer.raw(to_json(*result.manifest));
  } else {
    answer.null();
  }
  return Code::kAllowed;
}

Code manifest_statement(const Request& request, json::Writer& answer) {
  std::string_view written;
  ManifestResult result;
  if (!request.text("bundle", written) ||
      !read_manifest_argument(request, request.root.find("manifest"), "/manifest", result)) {
    return Code::kConsoleBadArgument;
  }
  Integrity bundle;
  if (const Code code = parse_integrity(written, bundle); code != Code::kAllowed) return code;
  answer.key("statement");
  if (result.ok()) {
    answer.string(signing_statement(*result.manifest, bundle));
  } else {
    answer.null();
  }
  return Code::kAllowed;
}

Code decide(const Request& request, json::Writer& answer) {
  std::string_view method;
  std::string_view target;
  ManifestResult result;
  if (!request.text("method", method) || !request.text("target", target) ||
      !read_manifest_argument(request, request.root.find("manifest"), "/manifest", result)) {
    return Code::kConsoleBadArgument;
  }
  write(result.policy ? result.policy->decide(method, target) : invalid(result), answer);
  return Code::kAllowed;
}

Code topic_decide(const Request& request, json::Writer& answer) {
  std::string_view topic;
  ManifestResult result;
  if (!request.text("topic", topic) ||
      !read_manifest_argument(request, request.root.find("manifest"), "/manifest", result)) {
    return Code::kConsoleBadArgument;
  }
  write(result.policy ? result.policy->decide_topic(topic) : invalid(result), answer);
  return Code::kAllowed;
}

}  // namespace portcullis::console
