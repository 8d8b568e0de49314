// Conditional requests on resources with an entity tag and no date (RFC 9110, section 13).
#pragma once

#include "http/request.hpp"

namespace portcullis::bff {

/// Whether If-None-Match matches `etag` (quotes included) or is "*": answer 304. Weak comparison,
/// as required for GET and HEAD.
[[nodiscard]] bool none_match(const Request& request, std::string_view etag);

/// The result of evaluating preconditions.
enum class Precondition {
  kProceed,
  kNotModified,  ///< 304
  kFailed,       ///< 412
};
/// Evaluates If-Match (strong comparison), then If-None-Match, as in RFC 9110, section 13.2.2. Date
/// conditions are ignored. For GET and HEAD.
[[nodiscard]] Precondition evaluate_preconditions(const Request& request, std::string_view etag);

/// Whether a Range applies: there is no If-Range, or it strongly matches `etag`. A date does not
/// match.
[[nodiscard]] bool range_applies(const Request& request, std::string_view etag);

}  // namespace portcullis::bff
