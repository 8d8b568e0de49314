// Conditional requests on what has an entity tag and no date (RFC 9110, 13).
#pragma once

#include "http/request.hpp"

namespace portcullis::bff {

/// Whether the request's If-None-Match names `etag` (with its quotes), or is "*": answer 304. The
/// comparison is weak, as for GET and HEAD it has to be.
[[nodiscard]] bool none_match(const Request& request, std::string_view etag);

enum class Precondition {
  kProceed,
  kNotModified,  ///< 304
  kFailed,       ///< 412
};
/// If-Match (strong comparison), then If-None-Match, in the order of RFC 9110, 13.2.2. What asks
/// for a date is left unheeded: there is none. For GET and HEAD.
[[nodiscard]] Precondition evaluate_preconditions(const Request& request, std::string_view etag);

/// Whether a Range counts: there is no If-Range, or it names `etag`, strongly. A date does not.
[[nodiscard]] bool range_applies(const Request& request, std::string_view etag);

}  // namespace portcullis::bff
