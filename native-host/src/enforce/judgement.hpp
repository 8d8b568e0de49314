// The order of judgement: who may call what, decided in one place, in one order, as one value.
//
//   stage            refuses with                                          file
//   canonicalise     400, the rejection's code                             stages_request.cpp
//   tenant           421 TENANT_UNKNOWN                                    stages_request.cpp
//   service worker   403 SERVICE_WORKER_REFUSED, BUNDLE_SERVICE_WORKER     stages_request.cpp
//   method           405 METHOD_NOT_ALLOWED (CONNECT, TRACE), 501          stages_request.cpp
//   upgrade          501 UPGRADE_UNSUPPORTED, for WebSocket                stages_request.cpp
//   session          401 SESSION_REQUIRED                                  stages_caller.cpp
//   CSRF             403 CSRF_ORIGIN, CSRF_TOKEN                           stages_caller.cpp
//   plugin identity  403 PLUGIN_ID_REQUIRED, PLUGIN_IDENTITY_REFUSED       stages_caller.cpp
//   stamp            403 STAMP_REQUIRED, STAMP_INVALID, STAMP_REPLAYED     stages_caller.cpp
//   operator         403 OPERATOR_REQUIRED (only where one is needed)      stages_caller.cpp
//   admitted         403, what core/admission says: PLUGIN_UNKNOWN, ...    stages_permission.cpp
//   rule             403 ALLOWLIST_VIOLATION, TOPIC_NOT_ALLOWED            stages_permission.cpp
//   route exists     404 ROUTE_NOT_FOUND, 405 METHOD_NOT_ALLOWED           stages_permission.cpp
//   rate             429 RATE_LIMITED                                      stages_permission.cpp
//
// The first stage that refuses has the last word; a later one is not even asked. What is not there
// is found out late, so that nobody without a session learns what is. A plugin that calls what is
// not there is told about its rule first: that is what its author can mend.
//
// judge() does no I/O but reading the operator token's file when a token is shown, and blocks on
// nothing. It changes nothing but the session's last activity, the page key's counters and the
// rate's bucket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/page_keys.hpp"
#include "domain/quarantine.hpp"
#include "domain/rate_limiter.hpp"
#include "domain/sessions.hpp"
#include "domain/stream_hub.hpp"
#include "enforce/operator_token.hpp"
#include "enforce/target.hpp"
#include "http/request.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// What a request is judged against.
struct JudgeInputs {
  const Snapshot& snapshot;
  EndpointSpecs endpoints;
  SessionStore& sessions;
  const Quarantine& quarantine;
  RateLimiter& rates;
  OperatorToken& operator_token;
  PageKeys& page_keys;
  std::string_view scheme = {};  ///< that the browser used, as a trusted proxy said; or empty
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

/// The pointers in the answer live as long as the snapshot.
[[nodiscard]] Judgement judge(const Request& request, const JudgeInputs& inputs);

/// Whether something that is open already may stay open under a (new) snapshot: the stages from
/// tenant to rule that need no request. For StreamHub::close_if. Pure.
[[nodiscard]] Code judge_open_stream(const StreamInfo& stream, const Snapshot& snapshot,
                                     const Quarantine& quarantine);

}  // namespace portcullis::bff
