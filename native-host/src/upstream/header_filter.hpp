// Which header fields cross the proxy, in both directions. The only place where that is written.
//
// The lists are in spec/headers.json; docs/configuration.md shows them.
//
// To the upstream: an allow-list, and what the route names besides it (`forward_headers`), where
// that may pass at all. Everything else stays here: cookies and
// Authorization (the browser's credentials are for the BFF), the CSRF token, identity headers
// (X-Portcullis-*, X-Plugin-Id, X-Forwarded-*, Forwarded, X-Real-IP, ... are set by us or not at
// all), method and target overrides (X-HTTP-Method-Override, X-Original-URL, X-Rewrite-URL, ...),
// Upgrade, hop-by-hop fields and whatever Connection names (RFC 9110, 7.6.1), Origin and Referer
// (they belong to the BFF's own checks), Baggage (it may name a user), and every name that is not
// known. A field that must stand once and stands twice refuses the request: two servers may pick
// different ones.
//
// To the client: a block-list. The upstream is trusted with data, not with the origin: it may not
// set cookies, clear data, widen a service worker's scope, loosen or replace CSP and its kin, grant
// CORS, pin transport, prompt for passwords (a 401 gets kUpstreamChallenge), give nginx or a CDN in
// front of us orders, or speak in the host's name (the verdict headers, X-Request-ID). Date,
// nosniff and Cross-Origin-Resource-Policy are always ours (http/connection_writer_head.cpp).
// Anything but types known to be inert gets kSandboxPolicy: HTML, XML, SVG, script, multipart,
// nothing at all, or what cannot be parsed. What a shared cache could keep is made private, and
// varies by Cookie, X-Plugin-Id and X-Plugin-Stamp: one plugin must not be answered from another's
// cache.
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

/// What an upstream's document may do where somebody opens it: be read. `sandbox` gives it an
/// opaque origin, without scripts, forms and popups; the rest says so again for browsers that
/// honour only that, and lets a report keep its own styles and this origin's images.
inline constexpr std::string_view kSandboxPolicy =
    "sandbox; default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// In place of the challenge of an upstream's 401: the scheme prompts nobody, and tells the answer
/// from this server's own 401.
inline constexpr std::string_view kUpstreamChallenge = "Upstream realm=\"portcullis\"";

/// The caller, as the upstream is told. Set from the session and the judged request only, which
/// outlive it.
struct ProxyIdentity {
  std::string_view tenant;
  std::string_view user;       ///< the subject id: X-Portcullis-User
  std::string_view plugin_id;  ///< empty: X-Portcullis-Plugin and X-Plugin-Id are not sent
  std::string_view request_id;
  std::string_view client_ip;  ///< X-Forwarded-For
  std::string_view scheme;     ///< X-Forwarded-Proto
  std::string host;            ///< X-Forwarded-Host: the Host that the tenant was found by
  std::string_view prefix;     ///< X-Forwarded-Prefix: what was taken off the path, or empty
};

/// What became of a request's fields.
struct FilteredHeaders {
  std::string lines;    ///< "Name: value\r\n"...: what passes, then what we set
  std::string dropped;  ///< names that a caller chose and that did not pass, "a, b"; bounded
  std::string detail;   ///< of a refusal
};

/// Makes the header lines for the upstream; neither Host nor framing. `forward`: names, lower-case,
/// that pass besides those that always do. ALLOWED, or BAD_REQUEST when a field that must stand
/// once stands twice; `detail` says which.
[[nodiscard]] Code filter_request_headers(std::span<const HeaderField> from,
                                          const ProxyIdentity& who,
                                          std::span<const std::string> forward,
                                          FilteredHeaders& out);

/// True for a request field that no configuration can let through: credentials, identity,
/// hop-by-hop fields, overrides of method and target. `_` counts as `-`: CGI and its kin make one
/// name of both.
[[nodiscard]] bool request_header_forbidden(std::string_view lower_name);
/// What the content type means for the proxy.
enum class BodyKind : std::uint8_t {
  kInert,        ///< JSON, text, images (not SVG), media, fonts, octets
  kActive,       ///< everything else, a missing or malformed type included: sandboxed
  kEventStream,  ///< text/event-stream
};
[[nodiscard]] BodyKind classify_content_type(std::string_view content_type) noexcept;

/// Makes the head for the client out of the upstream's. UPSTREAM_INVALID for two Content-Type
/// fields or a redirect to another origin; `detail` is a sentence that says which, fit for the
/// caller. Location, Content-Location and Link are mapped (location.hpp); a Location elsewhere of
/// an answer that does not redirect is dropped, and `detail` says so. `head.status`,
/// `content_length`, `has_body` and `event_stream` are the caller's.
[[nodiscard]] Code filter_response_headers(std::span<const HeaderField> from, unsigned status,
                                           const LocationMap& map, ResponseHead& head,
                                           std::string& detail);

/// True for a field name that never goes from an upstream to a client. Case-insensitive.
[[nodiscard]] bool response_header_blocked(std::string_view name) noexcept;

/// W3C Trace Context, version 00 and later ones read as 00.
[[nodiscard]] bool valid_traceparent(std::string_view value) noexcept;

}  // namespace portcullis::bff
