// The requests to the PDP as JSON text.
#include "authzen_reply.hpp"

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

std::string to_json(const Batch& batch) {
  json::Writer writer;
  writer.begin_object().key("evaluations").begin_array();
  for (const Evaluation& evaluation : batch.evaluations) {
    authzen::write(writer, evaluation, subject_json(evaluation.subject));
  }
  return writer.end_array().end_object().take();
}

}  // namespace portcullis
