#include "portcullis/console.hpp"

#include <algorithm>
#include <iterator>

#include "console_ops.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

namespace console {

namespace {

// Deep enough to pass a manifest that is too deep on to the op that reports it.
constexpr std::size_t kMaxLineDepth = 256;

Code ops(const Request& request, json::Writer& answer);

struct Row {
  std::string_view name;
  Op op;
};

constexpr Row kOps[] = {
    {"admission.admit", admission_admit},
    {"admission.stopsVersion", admission_stops_version},
    {"authzen.apply", authzen_apply},
    {"authzen.batches", authzen_batches},
    {"authzen.requests", authzen_requests},
    {"decide", decide},
    {"integrity.parse", integrity_parse},
    {"manifest.canonical", manifest_canonical},
    {"manifest.statement", manifest_statement},
    {"manifest.validate", manifest_validate},
    {"ops", ops},
    {"path.canonicalize", path_canonicalize},
    {"semver.compare", semver_compare},
    {"semver.engine", semver_engine},
    {"semver.satisfies", semver_satisfies},
    {"semver.valid", semver_valid},
    {"semver.validRange", semver_valid_range},
    {"sse.parse", sse_parse},
    {"stamp.message", stamp_message},
    {"stamp.page", stamp_page},
    {"stamp.parse", stamp_parse},
    {"template.match", template_match},
    {"topic.allowed", topic_allowed},
    {"topic.decide", topic_decide},
};

Code ops(const Request& /*request*/, json::Writer& answer) {
  answer.key("ops").begin_array();
  for (const Row& row : kOps) answer.string(row.name);
  answer.end_array();
  return Code::kAllowed;
}

// A duplicate key inside a manifest or PDP reply is reported by the op; anywhere else it makes the
// line ambiguous.
bool is_ambiguous(const json::Document& line) {
  constexpr std::string_view kJudgedByOps[] = {"/manifest/", "/manifests/", "/body/"};
  if (line.more_duplicates()) return true;
  return std::any_of(line.duplicates().begin(), line.duplicates().end(),
                     [&](const std::string& pointer) {
                       return std::none_of(std::begin(kJudgedByOps), std::end(kJudgedByOps),
                                           [&](std::string_view prefix) {
                                             return pointer.compare(0, prefix.size(), prefix) == 0;
                                           });
                     });
}

Code run(std::string_view line, json::Writer& answer) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.size() > limits::kMaxConsoleLineBytes) return Code::kConsoleLineTooLong;
  json::Document document;
  const json::Error error =
      json::read(line, {limits::kMaxConsoleLineBytes, kMaxLineDepth}, document);
  if (error.code != Code::kAllowed || !document.root().is_object() || is_ambiguous(document)) {
    return Code::kConsoleBadJson;
  }
  const Request request{document.root(), document.duplicates()};
  std::string_view name;
  if (!request.text("op", name)) return Code::kConsoleUnknownOp;
  for (const Row& row : kOps) {
    if (row.name == name) return row.op(request, answer);
  }
  return Code::kConsoleUnknownOp;
}

}  // namespace

bool Request::text(std::string_view key, std::string_view& out) const {
  const json::View value = root.find(key);
  out = value.text();
  return value.is_string();
}

bool Request::flag(std::string_view key, bool& out) const {
  const json::View value = root.find(key);
  if (!value) return true;
  out = value.boolean();
  return value.is_bool();
}

}  // namespace console

std::string console_line(std::string_view line) {
  json::Writer answer;
  answer.begin_object();
  const Code code = console::run(line, answer);
  if (code == Code::kAllowed) return answer.end_object().take();
  json::Writer error;
  return error.begin_object().key("error").string(name(code)).end_object().take();
}

}  // namespace portcullis
