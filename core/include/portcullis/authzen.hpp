// AuthZEN: the questions for the PDP about every contribution, and what its replies permit.
//
// Decides which evaluations to request, in which order, and which of them a reply permits. Fails
// closed: any status other than 200, a body that is not JSON, an unknown dialect, two dialects that
// disagree, or surplus answers deny everything; a short reply denies what it leaves out (OpenID
// AuthZEN Authorization API 1.0, "Access Evaluations API": a short-circuiting evaluations_semantic
// may return fewer). Performs no I/O and does not choose the subject.
//
// Usage: batch = evaluations_for(manifests, subject); send the json of each of requests_for(batch)
// to POST /access/v1/evaluations, in any order; call apply_reply(request.count, status, body) for
// each; concatenate the answers in request order: those of a manifest begin at batch.first, routes
// before widgets. Evaluations beyond the limit have no answer.
//
// Reply dialects:
//   1.0    {"evaluations":[{"decision":true},...]}; a batch of one: {"decision":true}
//   seeds  {"decisions":[{"decision":"Permit"},...]}; a batch of one: {"decision":"Permit"}
// A reply with both lists must agree entry by entry and in length.
//
// Limits: limits::kMaxContributions in all (the rest is not asked and so denied),
// kPageBatchEvaluations and kPageBatchBytes per request, kMaxEvaluations and kMaxAuthzenReplyBytes
// per reply. Linear time; never throws (allocation aside). Thread-safe: no shared state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis {

/// The AuthZEN subject: the signed-in account.
struct Subject {
  std::string type;  ///< "account"
  std::string id;    ///< "auth:account:{provider}:{user_id}"
};

/// One question to the PDP: may the subject do this action on this resource?
struct Evaluation {
  Subject subject;
  std::string resource_type;  ///< plugin.route, plugin.widget, or the manifest's value
  std::string resource_id;    ///< the route's path, or pluginId:component
  std::string action;         ///< view, or the manifest's value
};

/// All evaluations for a list of manifests.
struct Batch {
  std::vector<Evaluation> evaluations;  ///< manifest order; per manifest routes before widgets
  std::vector<std::size_t> first;       ///< per manifest: the index of its first evaluation
  std::vector<std::size_t> routes;      ///< per manifest: number of routes asked
  std::vector<std::size_t> widgets;     ///< per manifest: number of widgets asked
};

/// Builds the evaluations of all contributions. A null pointer contributes nothing but keeps its
/// index, so indexes match the caller's list.
[[nodiscard]] Batch evaluations_for(const std::vector<const Manifest*>& manifests,
                                    const Subject& subject);
/// Overload for a plain list.
[[nodiscard]] Batch evaluations_for(const std::vector<Manifest>& manifests, const Subject& subject);

/// The body of POST /access/v1/evaluation: {"subject","resource","action","context"}.
[[nodiscard]] std::string to_json(const Evaluation& evaluation);

/// The body of POST /access/v1/evaluations: {"evaluations":[...]}. Each entry has its own subject
/// and an empty context, which the server fills in.
[[nodiscard]] std::string to_json(const Batch& batch);

/// One body of POST /access/v1/evaluations and the number of answers expected.
struct BatchRequest {
  /// Evaluations in it, for apply_reply().
  std::size_t count = 0;
  std::string json;  ///< as to_json(Batch) of its evaluations
};

/// Splits the batch, in order, into as few requests as the limits allow. Empty for an empty batch.
[[nodiscard]] std::vector<BatchRequest> requests_for(const Batch& batch);

/// Returns one answer per request. If the reply as a whole is invalid, all answers are false and
/// `why` is AUTHZEN_BAD_STATUS or AUTHZEN_BAD_REPLY; otherwise `why` is ALLOWED, also for denials.
/// An entry of the wrong type in a valid list denies only itself.
[[nodiscard]] std::vector<bool> apply_reply(std::size_t requests, int status, std::string_view body,
                                            Code* why = nullptr);

}  // namespace portcullis
