// Decides which header fields pass the proxy, in both directions. Nothing else does. The lists are
// in spec/headers.json; docs/configuration.md shows them.
//
// To the upstream: an allow-list, plus the route's `forward_headers` where permitted. Not
// forwarded: cookies and Authorization (the browser's credentials are for the BFF), the CSRF token,
// identity headers (X-Portcullis-*, X-Plugin-Id, X-Forwarded-*, Forwarded, X-Real-IP, ...: set here
// or absent), method and target overrides (X-HTTP-Method-Override, X-Original-URL, X-Rewrite-URL,
// ...), Upgrade, hop-by-hop fields and fields named by Connection (RFC 9110, section 7.6.1), Origin
// and Referer (checked by the BFF), Baggage (may identify a user) and unknown names. A duplicate of
// a single-valued field rejects the request, because two servers may pick different ones.
//
// To the client: a block-list. The upstream is trusted with data, not with the origin: it may not
// set cookies, clear data, widen a service worker's scope, loosen or replace CSP and related
// headers, grant CORS, pin transport, prompt for passwords (a 401 gets kUpstreamChallenge), control
// nginx or a CDN in front of the server, or set the host's own headers (the verdict headers,
// X-Request-ID). Date, nosniff and Cross-Origin-Resource-Policy are always the server's
// (http/connection_writer_head.cpp). All types not known to be inert get kSandboxPolicy: HTML, XML,
// SVG, script, multipart, missing or malformed types. Cacheable answers become private and vary by
// Cookie, X-Plugin-Id and X-Plugin-Stamp, so that no plugin gets another's cached answer.
//
// Pure functions; thread-safe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "http/client_side.hpp"
#include "http/request.hpp"
#include "portcullis/codes.hpp"
#include "upstream/location.hpp"

namespace portcullis::bff {

/// CSP for an upstream document opened directly: it may only be read. `sandbox` gives it an opaque
/// origin without scripts, forms and popups; the other directives repeat that for browsers that
/// ignore `sandbox`, and let a report keep its own styles and this origin's images.
inline constexpr std::string_view kSandboxPolicy =
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Replaces the challenge of an upstream's 401: prompts nobody, and distinguishes it from this
/// server's own 401.
inline constexpr std::string_view kUpstreamChallenge = "Upstream realm=\"portcullis\"";

/// The caller's identity as sent to the upstream. Taken from the session and the judged request
/// only, which must outlive it.
struct ProxyIdentity {
  std::string_view tenant;
  std::string_view user;       ///< the subject id: X-Portcullis-User
  std::string_view plugin_id;  ///< empty: neither X-Portcullis-Plugin nor X-Plugin-Id is sent
  std::string_view request_id;
  std::string_view client_ip;  ///< X-Forwarded-For
  std::string_view scheme;     ///< X-Forwarded-Proto
  std::string host;            ///< X-Forwarded-Host: the Host that selected the tenant
  std::string_view prefix;     ///< X-Forwarded-Prefix: what was stripped from the path, or empty
};

/// The result of filtering a request.
struct FilteredHeaders {
  std::string lines;    ///< "Name: value\r\n"...: forwarded fields, then the server's own
  std::string dropped;  ///< caller-chosen names that were not forwarded, "a, b"; bounded
  std::string detail;   ///< the reason for a rejection
};

/// Builds the header lines for the upstream, without Host and framing. `forward`: lower-case names
/// to forward in addition. Returns ALLOWED, or BAD_REQUEST with `detail` for a duplicate of a
/// single-valued field.
[[nodiscard]] Code filter_request_headers(std::span<const HeaderField> from,
                                          const ProxyIdentity& who,
                                          std::span<const std::string> forward,
                                          FilteredHeaders& out);

/// Whether no configuration can forward this request field: credentials, identity, hop-by-hop,
/// method and target overrides. `_` counts as `-`, because CGI maps both to the same name.
[[nodiscard]] bool request_header_forbidden(std::string_view lower_name);
/// How the proxy treats a content type.
enum class BodyKind : std::uint8_t {
  kInert,        ///< JSON, text, images (not SVG), media, fonts, octets
  kActive,       ///< everything else, missing or malformed types included: sandboxed
  kEventStream,  ///< text/event-stream
};
/// Classifies a Content-Type value.
[[nodiscard]] BodyKind classify_content_type(std::string_view content_type) noexcept;

/// Builds the head for the client from the upstream's. Returns UPSTREAM_INVALID, with a sentence in
/// `detail` that the caller may see, for two Content-Type fields or a redirect to another origin.
/// Maps Location, Content-Location and Link (location.hpp); drops a foreign Location of a
/// non-redirect and says so in `detail`. The caller sets `head.status`, `content_length`,
/// `has_body` and `event_stream`.
[[nodiscard]] Code filter_response_headers(std::span<const HeaderField> from, unsigned status,
                                           const LocationMap& map, ResponseHead& head,
                                           std::string& detail);

/// Whether a field never passes from an upstream to a client. Case-insensitive.
[[nodiscard]] bool response_header_blocked(std::string_view name) noexcept;

/// Whether the value is a W3C Trace Context traceparent: version 00, or a later one read as 00.
[[nodiscard]] bool valid_traceparent(std::string_view value) noexcept;

}  // namespace portcullis::bff
