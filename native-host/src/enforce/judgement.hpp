// The order of judgement: who may call what, decided in one place, in one order, as one value.
//
//   stage            refuses with                                          file
//   - read: what the request says (no store is asked)
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
// The first stage that refuses has the last word; a later one is not even asked. What does not
// exist is found out late, so that nobody without a session learns what does. A plugin that calls
// what does not exist hears about its rule first: its author can change that.
//
// Judging runs this order (judging.hpp). It changes nothing but the session's last activity, the
// page key's counters and the rate's bucket.
#pragma once

#include <cstdint>
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

/// What a request is judged against: at hand in this process.
struct JudgeInputs {
  const Snapshot& snapshot;
  EndpointSpecs endpoints;
  const Quarantine& quarantine;
  std::string_view scheme = {};  ///< that the browser used, as a trusted proxy said; or empty
};

/// What the stores know of one request. Gathered once, before it is judged.
struct Facts {
  SessionPtr session;             ///< of the request's cookie, under its tenant; or null
  bool operator_claimed = false;  ///< a bearer token was shown where an operator may call
  bool operator_token = false;    ///< and it is right
  std::string plugin_id;          ///< well-formed; empty: none, or more than one
  bool stamp_checked = false;     ///< a well-formed stamp was shown, and counts here
  StampCheck stamp;               ///< then: what the store found
};

/// What became known, stage by stage. After a refusal, what earlier stages found is there: an
/// answer and a log line say as much as they may.
struct Judgement {
  Code code = Code::kAllowed;
  std::string_view detail;  ///< a sentence; empty for most codes

  std::string canonical;  ///< path and query; this is what is routed and forwarded
  std::uint32_t path_size = 0;
  const Tenant* tenant = nullptr;
  Target target;
  SessionPtr session;     ///< null: none, or an operator's token instead
  bool by_token = false;  ///< the operator's bearer token was shown, and is right
  bool stamped = false;   ///< a page's stamp stands behind the caller
  std::string plugin_id;  ///< well-formed, if maybe unknown; empty: none was given
  const Plugin* plugin = nullptr;
  std::string explain;  ///< of a denial or a rejected target: what would be right
  RateVerdict rate;
  bool rated = false;  ///< `rate` counts

  [[nodiscard]] bool allowed() const noexcept { return code == Code::kAllowed; }
  [[nodiscard]] std::string_view path() const noexcept {
    return std::string_view(canonical).substr(0, path_size);
  }
  [[nodiscard]] bool has_query() const noexcept { return canonical.size() > path_size; }
  [[nodiscard]] std::string_view query() const noexcept {
    return has_query() ? std::string_view(canonical).substr(path_size + 1) : std::string_view();
  }
};

/// Whether something that is open already may stay open under a (new) snapshot: the stages from
/// tenant to rule that need no request. For StreamHub::close_if. Pure.
[[nodiscard]] Code judge_open_stream(const StreamInfo& stream, const Snapshot& snapshot,
                                     const Quarantine& quarantine);

}  // namespace portcullis::bff
