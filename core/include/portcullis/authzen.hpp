// AuthZEN: what asks the PDP about every contribution, and what its replies permit.
//
// Decides, for a list of manifests, which evaluations to ask and in which order, and for a reply
// which of them are permitted. Anything that is not plainly a permit is a denial: another status
// than 200, a reply that is no JSON, in no dialect or in two that disagree, surplus answers. A
// reply that is too short denies what it left out (OpenID AuthZEN Authorization API 1.0, "Access
// Evaluations API": a PDP with a short-circuiting evaluations_semantic returns fewer).
//
// Does not talk to anyone, and does not decide who the subject is.
//
// Order of calls: evaluations_for(manifests, subject); send the json of each of
// requests_for(batch) to POST /access/v1/evaluations, in any order; apply_reply(request.count,
// status, body) for each; the answers, put together in the requests' order, are those of
// batch.evaluations: batch.route_index / batch.widget_index say which belongs to which
// contribution.
//
// Dialects of a reply:
//   1.0    {"evaluations":[{"decision":true},...]}; {"decision":true} alone for a batch of one
//   seeds  {"decisions":[{"decision":"Permit"},...]}; {"decision":"Permit"} alone, likewise
// A reply may carry both lists; they have to agree, entry by entry and in length.
//
// Limits: limits::kMaxContributions in all (those beyond it are not asked and so denied),
// limits::kPageBatchEvaluations and kPageBatchBytes per request, limits::kMaxEvaluations and
// kMaxAuthzenReplyBytes per reply. Cost: linear. Nothing here throws.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"
#include "portcullis/manifest.hpp"

namespace portcullis {

struct Subject {
  std::string type;  ///< "account"
  std::string id;    ///< "auth:account:{provider}:{user_id}"
};

struct Evaluation {
  Subject subject;
  std::string resource_type;  ///< plugin.route or plugin.widget, or what the manifest says
  std::string resource_id;    ///< the route's path, or pluginId:component
  std::string action;         ///< view, or what the manifest says
};

struct Batch {
  static constexpr std::size_t kNotAsked = static_cast<std::size_t>(-1);

  std::vector<Evaluation> evaluations;  ///< manifest order; per manifest routes before widgets
  std::vector<std::size_t> first;       ///< per manifest: the index of its first evaluation
  std::vector<std::size_t> routes;      ///< per manifest: how many of them are routes
  std::vector<std::size_t> widgets;     ///< per manifest: how many of them are widgets

  /// The index in `evaluations` (and in the answer of apply_reply) of route `route` of manifest
  /// `manifest`; kNotAsked when there is none.
  [[nodiscard]] std::size_t route_index(std::size_t manifest, std::size_t route) const noexcept;
  [[nodiscard]] std::size_t widget_index(std::size_t manifest, std::size_t widget) const noexcept;
};

/// All contributions of all manifests. A null pointer contributes nothing and keeps
/// its place, so that indexes are those of the caller's list.
[[nodiscard]] Batch evaluations_for(const std::vector<const Manifest*>& manifests,
                                    const Subject& subject);
[[nodiscard]] Batch evaluations_for(const std::vector<Manifest>& manifests, const Subject& subject);

/// {"subject","resource","action","context"}: the body of POST /access/v1/evaluation.
[[nodiscard]] std::string to_json(const Evaluation& evaluation);

/// {"evaluations":[...]}: the body of POST /access/v1/evaluations. Each entry carries its own
/// subject and an empty context, which the server fills.
[[nodiscard]] std::string to_json(const Batch& batch);

/// One body of POST /access/v1/evaluations, and how many answers it wants.
struct BatchRequest {
  std::size_t count = 0;
  std::string json;  ///< as to_json(Batch) of its evaluations
};

/// The batch in as few requests as its limits allow, in its order. None for an empty batch.
[[nodiscard]] std::vector<BatchRequest> requests_for(const Batch& batch);

/// What the reply permits: one answer per request, all false where the reply as a whole is not
/// understood; then `why` is AUTHZEN_BAD_STATUS or AUTHZEN_BAD_REPLY, and ALLOWED otherwise (also
/// when it denies). An entry of the wrong type inside a well-formed list denies only itself.
[[nodiscard]] std::vector<bool> apply_reply(std::size_t requests, int status, std::string_view body,
                                            Code* why = nullptr);

/// The same for POST /access/v1/evaluation: true only for a plain permit in either dialect.
[[nodiscard]] bool permits(int status, std::string_view body, Code* why = nullptr);

}  // namespace portcullis
