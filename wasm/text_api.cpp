#include "text_api.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "authzen_reply.hpp"
#include "json.hpp"
#include "portcullis/admission.hpp"
#include "portcullis/authzen.hpp"
#include "portcullis/console.hpp"
#include "portcullis/integrity.hpp"
#include "portcullis/semver.hpp"
#include "state.hpp"

namespace portcullis::wasm {
namespace {

std::string answered(Code code, std::string_view answer) {
  json::Writer out;
  return out.begin_array().integer(static_cast<int>(code)).string(answer).end_array().take();
}

std::int64_t number(std::size_t count) { return static_cast<std::int64_t>(count); }

}  // namespace

std::string code_names() {
  std::string names;
  for (const CodeInfo& code : kCodes) {
    if (!names.empty()) names += ',';
    names += code.name;
  }
  return names;
}

std::string console(const std::string& line) { return console_line(line); }

int admit(int purpose, int holds) {
  AdmissionFacts facts;
  for (const AdmissionRow& row : kAdmission) {
    const bool known = row.condition != AdmissionCondition::kUntrusted;
    facts.set(row.condition, known && (holds >> static_cast<int>(row.condition) & 1) != 0);
  }
  return static_cast<int>(portcullis::admit(facts, static_cast<Purpose>(purpose)));
}

bool stops_version(bool every, const std::string& quarantined, const std::string& running) {
  const std::optional<std::string_view> version(quarantined);
  return portcullis::stops_version(every ? std::nullopt : version, running);
}

void free_plugin(int plugin) { plugins().remove(plugin); }

int plugin_count() { return static_cast<int>(plugins().size()); }

std::string decide(int plugin, const std::string& method, const std::string& target) {
  const CompiledPlugin* compiled = plugins().find(plugin);
  return compiled == nullptr ? std::string{} : to_json(compiled->policy.decide(method, target));
}

std::string decide_topic(int plugin, const std::string& topic) {
  const CompiledPlugin* compiled = plugins().find(plugin);
  return compiled == nullptr ? std::string{} : to_json(compiled->policy.decide_topic(topic));
}

std::string canonicalize_target(const std::string& target) {
  CanonicalPath path;
  const Code code = canonicalize(target, path);
  return answered(code, path.path());
}

bool semver_satisfies(const std::string& version, const std::string& range,
                      bool include_prerelease) {
  return semver::satisfies(version, range, include_prerelease);
}

std::string semver_valid(const std::string& version) {
  return semver::valid(version).value_or(std::string{});
}

std::string semver_valid_range(const std::string& range, bool include_prerelease) {
  return semver::valid_range(range, include_prerelease).value_or(std::string{});
}

int semver_compare(const std::string& a, const std::string& b) {
  return semver::compare(std::string_view{a}, std::string_view{b}).value_or(2);
}

int semver_check_engine(const std::string& host_version, const std::string& range) {
  const semver::Compatibility verdict = semver::check_engine(host_version, range);
  return static_cast<int>(verdict.code) | (verdict.prerelease_boundary ? 1 << 15 : 0) |
         (verdict.compatible ? 1 << 16 : 0);
}

std::string authzen_requests(const std::string& handles, const std::string& subject_type,
                             const std::string& subject_id) {
  std::vector<const Manifest*> manifests(handles.size() / sizeof(std::int32_t));
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    std::int32_t handle = 0;
    std::memcpy(&handle, handles.data() + i * sizeof handle, sizeof handle);
    const CompiledPlugin* compiled = plugins().find(handle);
    manifests[i] = compiled == nullptr ? nullptr : &compiled->contributions;
  }
  const Batch batch = evaluations_for(manifests, Subject{subject_type, subject_id});
  const std::vector<BatchRequest> requests = requests_for(batch);
  json::Writer out;
  out.begin_object().key("places").begin_array();
  for (std::size_t i = 0; i < batch.first.size(); ++i) {
    out.begin_array().integer(number(batch.first[i])).integer(number(batch.routes[i]));
    out.integer(number(batch.widgets[i])).end_array();
  }
  out.end_array().key("counts").begin_array();
  for (const BatchRequest& request : requests) out.integer(number(request.count));
  std::string lines = out.end_array().end_object().take();
  for (const BatchRequest& request : requests) {
    lines += '\n';
    lines += request.json;
  }
  return lines;
}

std::string authzen_apply(int requests, int status, const std::string& body) {
  Code why = Code::kAuthzenBadReply;
  const auto decisions = authzen::apply(static_cast<std::size_t>(requests), status, body, why);
  json::Writer out;
  out.begin_array().integer(static_cast<int>(why)).begin_array();
  for (const unsigned char permitted : decisions) out.boolean(permitted != 0);
  return out.end_array().end_array().take();
}

std::string integrity_parse(const std::string& value) {
  Integrity integrity;
  const Code code = parse_integrity(value, integrity);
  return answered(code, code == Code::kAllowed ? integrity.hex() : std::string{});
}

std::string integrity_parse_sri(const std::string& value) {
  Integrity integrity;
  const Code code = parse_sri(value, integrity);
  return answered(code, code == Code::kAllowed ? integrity.hex() : std::string{});
}

}  // namespace portcullis::wasm
