// Maps URLs in an upstream's answer (Location, Content-Location, Link) for the client.
//
// An upstream refers to itself by its own origin (`url` or one of its `origins`), by the origin the
// gateway announced (X-Forwarded-Host and -Proto), or by a path. All of these become a path of this
// origin, minus the upstream's base path and plus the prefix the route stripped (`strip_prefix`).
// Everything else is foreign. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "upstream/upstream_url.hpp"

namespace portcullis::bff {

/// What one exchange sent to the upstream. The views must outlive its use.
struct LocationMap {
  const UpstreamTarget& upstream;
  std::string_view scheme;     ///< X-Forwarded-Proto
  std::string_view authority;  ///< X-Forwarded-Host
  std::string_view prefix;     ///< X-Forwarded-Prefix: what was stripped from the path, or empty
  std::string_view target;     ///< path and query as forwarded, without the base path
};

/// A mapped URL.
struct MappedLocation {
  enum class Kind : std::uint8_t {
    kLocal,      ///< `text` is a reference to this origin
    kForeign,    ///< `text` is the origin or scheme it names, for messages
    kMalformed,  ///< not a URL, or one that browsers read differently
  };
  Kind kind = Kind::kMalformed;
  std::string text;
};

/// Maps a reference for the client. A path is unchanged if nothing was stripped or added. Otherwise
/// a relative one is first resolved against the upstream's path (RFC 3986, section 5.2), and one
/// that already begins with the prefix is kept: the upstream honours X-Forwarded-Prefix. User info,
/// a backslash, control bytes, another port or scheme, or an empty host are never local.
[[nodiscard]] MappedLocation map_location(std::string_view value, const LocationMap& map);

/// Maps each local target of a Link field (RFC 8288); others are unchanged.
[[nodiscard]] std::string map_links(std::string_view value, const LocationMap& map);

/// The origin as browsers see it, for messages: "http://localhost:8080".
[[nodiscard]] std::string own_origin(const LocationMap& map);

}  // namespace portcullis::bff
