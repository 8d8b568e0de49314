#include "authzen_reply.hpp"
#include "console_ops.hpp"
#include "filled.hpp"
#include "manifest_reader.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::console {

namespace {

// Accepts {"evaluations":[...]}, the bare array, or the count.
bool count_requests(json::View requests, std::size_t& out) {
  if (requests.is_object()) requests = requests.find("evaluations");
  if (requests.is_array()) {
    out = requests.size();
    return out <= limits::kMaxEvaluations;
  }
  std::int64_t count = 0;
  if (!requests.integer(0, static_cast<std::int64_t>(limits::kMaxEvaluations), &count))
    return false;
  out = static_cast<std::size_t>(count);
  return true;
}

}  // namespace

namespace {

// Reads the valid manifests, in order.
bool read_manifests(const Request& request, std::vector<Manifest>& manifests) {
  const json::View list = request.root.find("manifests");
  if (!list.is_array()) return false;
  std::size_t index = 0;
  for (const json::View entry : list.children()) {
    ManifestResult result;
    const std::string pointer = filled("/manifests/@", {index++});
    if (!read_manifest_argument(request, entry, pointer, result)) return false;
    if (result.ok()) manifests.push_back(std::move(*result.manifest));
  }
  return true;
}

// Whether requests can be built for the subject.
bool is_subject(json::View subject) {
  return subject.is_object() && subject.find("type").is_string() && subject.find("id").is_string();
}

}  // namespace

Code authzen_batches(const Request& request, json::Writer& answer) {
  const json::View subject = request.root.find("subject");
  std::vector<Manifest> manifests;
  if (!is_subject(subject) || !read_manifests(request, manifests)) return Code::kConsoleBadArgument;
  const Subject who{std::string(subject.find("type").text()),
                    std::string(subject.find("id").text())};
  answer.key("counts").begin_array();
  for (const BatchRequest& batch : requests_for(evaluations_for(manifests, who))) {
    answer.integer(static_cast<std::int64_t>(batch.count));
  }
  answer.end_array();
  return Code::kAllowed;
}

Code authzen_requests(const Request& request, json::Writer& answer) {
  const json::View subject = request.root.find("subject");
  std::vector<Manifest> manifests;
  if (!is_subject(subject) || !read_manifests(request, manifests)) return Code::kConsoleBadArgument;
  // The subject is passed through with all its properties.
  const std::string subject_json = json::dump(subject);
  answer.key("evaluations").begin_array();
  for (const Evaluation& evaluation : evaluations_for(manifests, Subject{}).evaluations) {
    authzen::write(answer, evaluation, subject_json);
  }
  answer.end_array();
  return Code::kAllowed;
}

Code authzen_apply(const Request& request, json::Writer& answer) {
  std::size_t requests = 0;
  std::int64_t status = 0;
  const json::View body = request.root.find("body");
  if (!body || !count_requests(request.root.find("requests"), requests) ||
      !request.root.find("status").integer(0, 999, &status)) {
    return Code::kConsoleBadArgument;
  }
  authzen::Answers decisions(requests);
  Code ignored = Code::kAllowed;
  if (body.is_string()) {
    decisions = authzen::apply(requests, static_cast<int>(status), body.text(), ignored);
  } else if (status == 200 && manifest_reader::below(request.duplicates, "/body").empty() &&
             json::depth(body) <= authzen::kMaxReplyDepth) {
    decisions = authzen::apply(requests, body, ignored);
  }
  answer.key("decisions").begin_array();
  for (const unsigned char decision : decisions) answer.boolean(decision != 0);
  answer.end_array();
  return Code::kAllowed;
}

}  // namespace portcullis::console
