// Configurable limits of a request head, and the explanation of a refusal: it names the field that
// is too large, e.g. the cookies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

/// The limits, in bytes unless noted.
struct HeadLimits {
  std::size_t header_bytes = limits::kMaxHeaderBytes;  ///< all fields including names
  std::size_t header_fields = 200;                     ///< number of fields
  std::size_t cookie_bytes = limits::kMaxHeaderBytes;  ///< all values of Cookie
  std::size_t path_bytes = limits::kMaxPathBytes;      ///< the target without query
  std::size_t query_bytes = limits::kMaxQueryBytes;

  bool operator==(const HeadLimits&) const = default;
};

/// kAllowed, or the reason for a refusal with one sentence.
struct HeadRefusal {
  Code code = Code::kAllowed;
  std::string detail;
};

/// Checks a parsed head against the limits.
HeadRefusal over_limits(const Request& request, const HeadLimits& most);

/// Explains why a head is larger than `header_bytes`. `head`: its received part, including the
/// request line.
std::string too_large(std::string_view head, const HeadLimits& limits);

}  // namespace portcullis::bff
