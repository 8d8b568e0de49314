#include "portcullis/authzen.hpp"

#include <algorithm>
#include <optional>

#include "authzen_reply.hpp"
#include "filled.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

namespace authzen {

namespace {

// The dialects differ in what a decision is; a value of the other dialect is not a decision.
std::optional<bool> final_decision(json::View value) {
  if (!value.is_bool()) return std::nullopt;
  return value.boolean();
}

std::optional<bool> seeds_decision(json::View value) {
  if (!value.is_string()) return std::nullopt;
  if (value.text() == "Permit") return true;
  if (value.text() == "Deny") return false;
  return std::nullopt;
}

std::optional<bool> any_decision(json::View value) {
  const std::optional<bool> decision = final_decision(value);
  return decision ? decision : seeds_decision(value);
}

using Dialect = std::optional<bool> (*)(json::View);

// Reads a list of answers; an invalid entry is a denial. Returns false if it is not a list of at
// most `requests` answers.
bool read_list(json::View list, Dialect dialect, std::size_t requests, Answers& out) {
  if (!list.is_array() || list.size() > requests) return false;
  for (const json::View entry : list.children()) {
    out.push_back(dialect(entry.find("decision")).value_or(false) ? 1 : 0);
  }
  return true;
}

}  // namespace

Answers apply(std::size_t requests, json::View reply, Code& why) {
  why = Code::kAuthzenBadReply;
  const Answers denied(requests);
  if (!reply.is_object() || requests > limits::kMaxEvaluations) return denied;
  const json::View evaluations = reply.find("evaluations");
  const json::View decisions = reply.find("decisions");
  const json::View decision = reply.find("decision");
  if (!evaluations && !decisions && !decision) return denied;

  Answers answers;
  bool read = false;
  const auto merge = [&](const Answers& more) {
    if (read && answers != more) return false;
    answers = more;
    read = true;
    return true;
  };
  if (evaluations) {
    Answers list;
    if (!read_list(evaluations, final_decision, requests, list) || !merge(list)) return denied;
  }
  if (decisions) {
    Answers list;
    if (!read_list(decisions, seeds_decision, requests, list) || !merge(list)) return denied;
  }
  if (decision) {
    const std::optional<bool> single = any_decision(decision);
    if (!single || requests != 1 || !merge(Answers(1, *single ? 1 : 0))) return denied;
  }
  answers.resize(requests);  // answers that a short-circuiting PDP left out
  why = Code::kAllowed;
  return answers;
}

}  // namespace authzen

namespace {

bool read_reply(int status, std::string_view body, json::Document& document, Code& why) {
  if (status != 200) {
    why = Code::kAuthzenBadStatus;
    return false;
  }
  const json::Limits limits{limits::kMaxAuthzenReplyBytes, authzen::kMaxReplyDepth};
  why = Code::kAuthzenBadReply;
  return json::parse(body, limits, document).code == Code::kAllowed;
}

void add(Batch& batch, const Subject& subject, std::string_view resource_type,
         std::string resource_id, std::string_view action) {
  if (batch.evaluations.size() >= limits::kMaxContributions) return;
  batch.evaluations.push_back(
      {subject, std::string(resource_type), std::move(resource_id), std::string(action)});
}

}  // namespace

Batch evaluations_for(const std::vector<const Manifest*>& manifests, const Subject& subject) {
  Batch batch;
  std::size_t next = 0;  // may exceed what is asked, at the limit
  for (const Manifest* manifest : manifests) {
    batch.first.push_back(next);
    batch.routes.push_back(manifest == nullptr ? 0 : manifest->routes.size());
    batch.widgets.push_back(manifest == nullptr ? 0 : manifest->widgets.size());
    next += batch.routes.back() + batch.widgets.back();
    if (manifest == nullptr) continue;
    for (const Route& route : manifest->routes) {
      add(batch, subject, route.resource, route.path, route.action);
    }
    for (const Widget& widget : manifest->widgets) {
      add(batch, subject, widget.resource, filled("@:@", {manifest->id, widget.component}),
          widget.action);
    }
  }
  return batch;
}

Batch evaluations_for(const std::vector<Manifest>& manifests, const Subject& subject) {
  std::vector<const Manifest*> pointers;
  pointers.reserve(manifests.size());
  for (const Manifest& manifest : manifests) pointers.push_back(&manifest);
  return evaluations_for(pointers, subject);
}

std::vector<bool> apply_reply(std::size_t requests, int status, std::string_view body, Code* why) {
  Code ignored = Code::kAllowed;
  const authzen::Answers answers =
      authzen::apply(requests, status, body, why != nullptr ? *why : ignored);
  return {answers.begin(), answers.end()};
}

authzen::Answers authzen::apply(std::size_t requests, int status, std::string_view body,
                                Code& why) {
  json::Document document;
  if (!read_reply(status, body, document, why)) return Answers(requests);
  return apply(requests, document.root(), why);
}

}  // namespace portcullis
