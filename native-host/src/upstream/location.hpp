// Where the URLs of an upstream's answer (Location, Content-Location, Link) lead for the client.
//
// An upstream names itself by its own origin (`url`, or one of its `origins`), by the origin that
// the gateway told it (X-Forwarded-Host and -Proto), or by a path. All of them are this origin, and
// come back as a path of it: the upstream's base path is taken off, and the prefix that the route
// took off (`strip_prefix`) is put back. Everything else is another origin.
#pragma once

#include <string>
#include <string_view>

#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

/// What one exchange told the upstream. The views outlive its use.
struct LocationMap {
  const UpstreamTarget& upstream;
  std::string_view scheme;     ///< X-Forwarded-Proto
  std::string_view authority;  ///< X-Forwarded-Host
  std::string_view prefix;     ///< X-Forwarded-Prefix: what was taken off the path, or empty
  std::string_view target;     ///< path and query as forwarded, without the upstream's base path
};

struct MappedLocation {
  enum class Kind : std::uint8_t {
    kLocal,      ///< `text` is a reference to this origin
    kForeign,    ///< `text` is the origin or scheme that it names, for people
    kMalformed,  ///< not a URL, or one that browsers read differently than it looks
  };
  Kind kind = Kind::kMalformed;
  std::string text;
};

/// The reference for the client. A path stays as it is when nothing was taken off or added;
/// otherwise a relative one is resolved against the upstream's path first (RFC 3986, 5.2), and one
/// that begins with the prefix already is left alone: the upstream has read X-Forwarded-Prefix.
/// User info, a backslash, control bytes, another port or scheme, or an empty host never lead here.
[[nodiscard]] MappedLocation map_location(std::string_view value, const LocationMap& map);

/// A Link field (RFC 8288) with each target that leads to this origin mapped; others stay.
[[nodiscard]] std::string map_links(std::string_view value, const LocationMap& map);

/// The origin that browsers see, for sentences: "http://localhost:8080".
[[nodiscard]] std::string own_origin(const LocationMap& map);

}  // namespace portcullis::bff
