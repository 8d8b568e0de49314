// The order of judgement: which caller may call what, decided in one place and in one order.
//
//   stage            refuses with                                          file
//   - read: the request alone (no store is called)
//   canonicalise     400, the rejection's code                             stages_request.cpp
//   tenant           421 TENANT_UNKNOWN                                    stages_request.cpp
//   service worker   403 SERVICE_WORKER_REFUSED, BUNDLE_SERVICE_WORKER     stages_request.cpp
//   method           405 METHOD_NOT_ALLOWED (CONNECT, TRACE), 501          stages_request.cpp
//   upgrade          501 UPGRADE_UNSUPPORTED, for WebSocket                stages_request.cpp
//   - gather: the session, the operator's token, the page's stamp          judging.cpp
//   - judge: pure, over the facts
//   session          401 SESSION_REQUIRED                                  stages_caller.cpp
//   CSRF             403 CSRF_ORIGIN, CSRF_TOKEN                           stages_caller.cpp
//   plugin identity  403 PLUGIN_ID_REQUIRED, PLUGIN_IDENTITY_REFUSED       stages_caller.cpp
//   stamp            403 STAMP_REQUIRED, STAMP_INVALID, STAMP_REPLAYED     stages_caller.cpp
//   operator         403 OPERATOR_REQUIRED (only where one is needed)      stages_caller.cpp
//   admitted         403, what core/admission says: PLUGIN_UNKNOWN, ...    stages_permission.cpp
//   rule             403 ALLOWLIST_VIOLATION, TOPIC_NOT_ALLOWED            stages_permission.cpp
//   route exists     404 ROUTE_NOT_FOUND, 405 METHOD_NOT_ALLOWED           stages_permission.cpp
//   - claim: the stamp's counter (403 STAMP_REPLAYED), also of a call that was denied after its
//     stamp was accepted; then, of an allowed call,
//   rate             429 RATE_LIMITED                                      judging.cpp
//
// The first stage that refuses decides; later stages do not run. Existence is checked late, so that
// no one without a session learns which routes exist. A plugin's rule is checked before the route,
// because the rule is what its author can fix.
//
// Judging runs this order (judging.hpp). It changes nothing but the session's last activity, the
// page key's counters and the rate's bucket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/page_keys.hpp"
#include "domain/quarantine.hpp"
#include "domain/rate_limiter.hpp"
#include "domain/sessions.hpp"
#include "domain/stream_hub.hpp"
#include "enforce/target.hpp"
#include "http/request.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// Everything a request is judged against, in this process. The references must outlive judging.
struct JudgeInputs {
  const Snapshot& snapshot;
  EndpointSpecs endpoints;
  const Quarantine& quarantine;
  std::string_view scheme = {};  ///< the browser's scheme according to a trusted proxy, or empty
};

/// The stores' facts about one request. Gathered once, before it is judged.
struct Facts {
  SessionPtr session;             ///< of the request's cookie, within its tenant; or null
  bool operator_claimed = false;  ///< a bearer token was sent where operators may call
  bool operator_token = false;    ///< the token is correct
  std::string plugin_id;          ///< well-formed; empty: none, or a duplicate
  std::optional<Stamp> shown;     ///< the stamp that was sent, if well-formed and it applies here
  StampCheck stamp;               ///< the store's result, if there is one
};

/// The findings of each stage. After a refusal, the findings of earlier stages are present, so that
/// answers and logs can use them.
struct Judgement {
  Code code = Code::kAllowed;
  std::string_view detail;  ///< a sentence for the answer; often empty

  std::string canonical;  ///< canonical path and query; routed and forwarded
  /// Size of the path within `canonical`, in bytes.
  std::uint32_t path_size = 0;
  const Tenant* tenant = nullptr;
  Target target;
  SessionPtr session;     ///< null: no session, or an operator's token instead
  bool by_token = false;  ///< a correct operator bearer token was sent
  bool stamped = false;   ///< a valid page stamp was sent
  std::string plugin_id;  ///< well-formed but possibly unknown; empty: none given
  const Plugin* plugin = nullptr;
  std::string explain;  ///< for a denial or rejected target: how to fix it
  RateVerdict rate;
  bool rated = false;  ///< `rate` is set

  /// Whether no stage refused.
  [[nodiscard]] bool allowed() const noexcept { return code == Code::kAllowed; }
  /// The canonical path.
  [[nodiscard]] std::string_view path() const noexcept {
    return std::string_view(canonical).substr(0, path_size);
  }
  /// Whether there is a query.
  [[nodiscard]] bool has_query() const noexcept { return canonical.size() > path_size; }
  /// The query without '?'; empty if there is none.
  [[nodiscard]] std::string_view query() const noexcept {
    return has_query() ? std::string_view(canonical).substr(path_size + 1) : std::string_view();
  }
};

/// Whether something already open may stay open under a (new) snapshot: the stages from tenant to
/// rule, which need no request. For StreamHub::close_if. Pure.
[[nodiscard]] Code judge_open_stream(const StreamInfo& stream, const Snapshot& snapshot,
                                     const Quarantine& quarantine);

}  // namespace portcullis::bff
