// Header lines of every gateway answer, made once per configuration. All answers get the same CSP:
// documents need it, and it is harmless and effective elsewhere if someone navigates there. Proxied
// answers with a CSP of their own (the proxy's `sandbox`) keep it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// Operator settings for the pages' Content-Security-Policy.
struct PagePolicy {
  std::string frame_ancestors = "'none'";
  std::vector<std::string> style_hashes;   ///< "'sha256-...'" without the quotes
  std::vector<std::string> trusted_types;  ///< policy names that pages may create; empty: none
};

/// Prepared header lines.
struct SecurityHeaders {
  std::string csp;            ///< "Content-Security-Policy: ...\r\n"
  std::string rest;           ///< the others, except Vary
  std::string vary;           ///< "Vary: Cookie, X-Plugin-Id, X-Plugin-Stamp\r\n"
  std::string vary_encoding;  ///< the same with Accept-Encoding
  std::string all;            ///< csp, rest and vary: the usual case
};

/// `script_hashes`: "sha256-BASE64" of each inline script of the built page (html_scan.hpp).
[[nodiscard]] SecurityHeaders make_security_headers(const PagePolicy& settings,
                                                    const std::vector<std::string>& script_hashes);

/// An additional policy for documents where popups are refused: code that opens a window could read
/// that window's next document, boot token included, whatever its opener policy, after
/// document.open() on its `about:blank`. Everything else stays allowed: scripts, the origin, forms,
/// dialogs, downloads, `mailto:` etc.
inline constexpr std::string_view kNoPopups =
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-downloads "
    "allow-pointer-lock allow-orientation-lock allow-top-navigation-to-custom-protocols";

/// Headers for listeners that serve no browsers: no sniffing, no accidental caching.
[[nodiscard]] SecurityHeaders make_plain_headers();

/// The value of Content-Security-Policy.
[[nodiscard]] std::string content_security_policy(const PagePolicy& settings,
                                                  const std::vector<std::string>& script_hashes);

}  // namespace portcullis::bff
