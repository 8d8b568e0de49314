// How large a request's head may be, as an operator sets it, and what is said of one that is
// larger: which field it is. Somebody whose cookies are too large has to know that it is the
// cookies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

struct HeadLimits {
  std::size_t header_bytes = limits::kMaxHeaderBytes;  ///< all fields with their names
  std::size_t header_fields = 200;                     ///< their number
  std::size_t cookie_bytes = limits::kMaxHeaderBytes;  ///< the values of Cookie
  std::size_t path_bytes = limits::kMaxPathBytes;      ///< the target without its query
  std::size_t query_bytes = limits::kMaxQueryBytes;

  bool operator==(const HeadLimits&) const = default;
};

struct HeadRefusal {
  Code code = Code::kAllowed;
  std::string detail;
};

/// What of a head, which was read already, is over the limits.
HeadRefusal over_limits(const Request& request, const HeadLimits& most);

/// Of a head that is larger than `header_bytes`: as much of it as arrived, its request line
/// included.
std::string too_large(std::string_view head, const HeadLimits& limits);

}  // namespace portcullis::bff
