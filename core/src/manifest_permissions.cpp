// Permissions. Reads the JSON of rules and topics; the rules are checked where they are compiled
// (decision.hpp), and the compilers' problems are mapped back to the manifest.
#include <algorithm>

#include "bytes_equal.hpp"
#include "decimal.hpp"
#include "manifest_reader.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::manifest_reader {

namespace {

// Malformed entries are not compiled; `source` maps each compiled entry to its index in the
// manifest.
using Sources = std::vector<std::size_t>;

bool read_method(const At& at, ProblemList& problems, Method& out) {
  if (!at) {
    report_required(at, R"("method": "GET")", problems);
    return false;
  }
  if (!want_string(at, problems)) return false;
  const std::optional<Method> method = parse_method(at.view.text());
  if (!method) {
    problems.error(
        Code::kManifestBadMethod, at,
        "~ is not a supported method; write GET, HEAD, POST, PUT, PATCH or DELETE, in capitals.",
        {at.view.text()});
    return false;
  }
  out = *method;
  return true;
}

bool read_choices(const At& at, ProblemList& problems, ParamSpec& spec) {
  spec.kind = ParamSpec::kChoices;
  if (at.view.size() > limits::kMaxParamChoices) {
    problems.named_error(Code::kTemplateBadChoices, at, " has @ choices; the limit is @.",
                         {at.view.size(), limits::kMaxParamChoices});
    return false;
  }
  bool ok = true;
  std::size_t index = 0;
  for (const json::View entry : at.view.children()) {
    const At choice = at.child(entry, index++);
    ok = want_string(choice, problems) && ok;
    spec.choices.emplace_back(entry.text());
  }
  return ok;
}

}  // namespace

bool read_param(const At& at, ProblemList& problems, ParamSpec& spec) {
  spec.name = std::string(at.view.key());
  if (at.view.is_string()) {
    const std::optional<NamedShape> shape = parse_shape(at.view.text());
    if (shape) {
      spec.kind = ParamSpec::kNamed;
      spec.named = *shape;
      return true;
    }
    std::string known;
    for (const ShapeInfo& info : kShapes) {
      known += known.empty() ? "" : ", ";
      known += info.name;
    }
    problems.error(
        Code::kTemplateUnknownShape, at,
        R"(~ is not a shape; write one of @, an array of values, or { "regex": "..." }.)",
        {at.view.text(), known});
    return false;
  }
  if (at.view.is_array()) return read_choices(at, problems, spec);
  if (!at.view.is_object()) {
    problems.error(
        Code::kManifestWrongType, at,
        R"(~ must be a shape such as "uuid", an array of values, or { "regex": "..." }.)",
        {spec.name});
    return false;
  }
  spec.kind = ParamSpec::kRegex;
  const At regex = at.child("regex");
  warn_unknown_keys(at, {"regex"}, problems);
  if (!regex) {
    report_required(regex, R"("regex": "[a-z]+")", problems);
    return false;
  }
  if (!want_string(regex, problems)) return false;
  spec.regex = std::string(regex.view.text());
  return true;
}

namespace {

bool read_rule(const At& entry, ProblemList& problems, ApiRule& rule) {
  if (!want_object(entry, problems)) return false;
  At method{{}, &entry, "method"};
  At path{{}, &entry, "path"};
  At params{{}, &entry, "params"};
  bool unknown = false;
  for (const json::View member : entry.view.children()) {
    At* const known = bytes_equal(member.key(), method.key)   ? &method
                      : bytes_equal(member.key(), path.key)   ? &path
                      : bytes_equal(member.key(), params.key) ? &params
                                                              : nullptr;
    if (known == nullptr) {
      unknown = true;
    } else if (!*known) {  // of duplicates the first, like At::child()
      known->view = member;
    }
  }
  bool ok = read_method(method, problems, rule.method);
  if (!path) {
    report_required(path, R"("path": "/api/...")", problems);
    ok = false;
  } else {
    ok = want_string(path, problems) && ok;
    rule.path = std::string(path.view.text());
  }
  if (params) {
    if (want_object(params, problems)) {
      for (const json::View member : params.view.children()) {
        ok = read_param(params.child(member.key()), problems, rule.params.emplace_back()) && ok;
      }
    } else {
      ok = false;
    }
  }
  if (unknown) warn_unknown_keys(entry, {"method", "path", "params"}, problems);
  return ok;
}

// Splits "/permissions/api/2/path" into the index and the rest. False for another list.
bool split_pointer(std::string_view pointer, std::string_view list, std::size_t& index,
                   std::string_view& rest) {
  if (pointer.substr(0, list.size()) != list) return false;
  pointer.remove_prefix(list.size());
  std::uint64_t number = 0;
  const std::size_t digits = read_decimal(pointer, number);
  index = static_cast<std::size_t>(number);
  rest = pointer.substr(digits);
  return digits > 0;
}

// Words a compiler problem as a sentence about the entry as written.
void report(const PolicyProblem& found, const Manifest& manifest, const Sources& api,
            const Sources& sse, ProblemList& problems) {
  constexpr std::string_view kApi = "/permissions/api/";
  constexpr std::string_view kSse = "/permissions/sse/";
  std::string pointer = found.pointer;
  std::string subject = "This";
  std::size_t index = 0;
  std::string_view rest;
  if (split_pointer(found.pointer, kApi, index, rest) && index < api.size()) {
    const ApiRule& rule = manifest.api[index];
    subject = filled("The rule @ ~", {name(rule.method), rule.path});
    pointer = filled("@@@", {kApi, api[index], rest});
  } else if (split_pointer(found.pointer, kSse, index, rest) && index < sse.size()) {
    subject = filled("The topic ~", {manifest.sse[index]});
    pointer = filled("@@@", {kSse, sse[index], rest});
  }
  const char* const verdict = found.fatal ? "is refused"
                              : found.code == Code::kTemplateLiteralColon
                                  ? "allows exactly this text"
                                  : "has no effect";
  problems.add(found.fatal ? Severity::kError : Severity::kWarning, found.code, std::move(pointer),
               filled("@ @: @.", {subject, verdict, found.detail}));
}

}  // namespace

void read_permissions(const At& root, ProblemList& problems, Manifest& out,
                      std::optional<PluginPolicy>& policy) {
  Sources api_sources;
  Sources sse_sources;
  const At at = root.child("permissions");
  if (at && want_object(at, problems)) {
    const At api = at.child("api");
    if (api && want_array(api, limits::kMaxApiRulesPerPlugin, problems)) {
      std::size_t index = 0;
      out.api.reserve(api.view.size());
      api_sources.reserve(api.view.size());
      for (const json::View view : api.view.children()) {
        ApiRule rule;
        if (read_rule(api.child(view, index), problems, rule)) {
          out.api.push_back(std::move(rule));
          api_sources.push_back(index);
        }
        ++index;
      }
    }
    const At sse = at.child("sse");
    if (sse && want_array(sse, limits::kMaxSsePrefixesPerPlugin, problems)) {
      std::size_t index = 0;
      for (const json::View view : sse.view.children()) {
        if (want_string(sse.child(view, index), problems)) {
          out.sse.emplace_back(view.text());
          sse_sources.push_back(index);
        }
        ++index;
      }
    }
    warn_unknown_keys(at, {"api", "sse"}, problems);
  }
  std::vector<PolicyProblem> found;
  policy = PluginPolicy::compile(out.id, out.api, out.sse, &found);
  for (const PolicyProblem& problem : found) {
    report(problem, out, api_sources, sse_sources, problems);
  }
}

}  // namespace portcullis::manifest_reader
