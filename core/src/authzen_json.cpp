// Requests to the PDP as JSON.
#include "authzen_reply.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

namespace authzen {

void write(json::Writer& writer, const Evaluation& evaluation, std::string_view subject_json) {
  writer.begin_object().key("subject").raw(subject_json);
  writer.key("resource").begin_object();
  writer.key("type").string(evaluation.resource_type);
  writer.key("id").string(evaluation.resource_id).end_object();
  writer.key("action").begin_object().key("name").string(evaluation.action).end_object();
  writer.key("context").begin_object().end_object().end_object();
}

}  // namespace authzen

namespace {

std::string subject_json(const Subject& subject) {
  json::Writer writer;
  writer.begin_object().key("type").string(subject.type).key("id").string(subject.id);
  return writer.end_object().take();
}

}  // namespace

std::string to_json(const Evaluation& evaluation) {
  json::Writer writer;
  authzen::write(writer, evaluation, subject_json(evaluation.subject));
  return writer.take();
}

std::vector<BatchRequest> requests_for(const Batch& batch) {
  std::vector<BatchRequest> requests;
  const std::vector<Evaluation>& all = batch.evaluations;
  for (std::size_t next = 0; next < all.size();) {
    json::Writer writer;
    writer.begin_object().key("evaluations").begin_array();
    const std::size_t first = next;
    while (next < all.size() && next - first < limits::kPageBatchEvaluations &&
           writer.text().size() < limits::kPageBatchBytes) {
      authzen::write(writer, all[next], subject_json(all[next].subject));
      ++next;
    }
    writer.end_array().end_object();
    requests.push_back({next - first, writer.take()});
  }
  return requests;
}

std::string to_json(const Batch& batch) {
  json::Writer writer;
  writer.begin_object().key("evaluations").begin_array();
  for (const Evaluation& evaluation : batch.evaluations) {
    authzen::write(writer, evaluation, subject_json(evaluation.subject));
  }
  return writer.end_array().end_object().take();
}

}  // namespace portcullis
