// The header lines that every answer of the gateway carries, made once per configuration.
//
// One CSP for all answers: a document needs it, and on everything else it does no harm and holds
// when somebody navigates to it. Proxied answers that bring a CSP of their own (the proxy's
// `sandbox`) keep that one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::bff {

/// What an operator may say about the pages' Content-Security-Policy.
struct PagePolicy {
  std::string frame_ancestors = "'none'";
  std::vector<std::string> style_hashes;   ///< "'sha256-...'" without the quotes
  std::vector<std::string> trusted_types;  ///< policy names that pages may create; none: none
};

struct SecurityHeaders {
  std::string csp;            ///< "Content-Security-Policy: ...\r\n"
  std::string rest;           ///< the others, Vary apart
  std::string vary;           ///< "Vary: Cookie, X-Plugin-Id, X-Plugin-Stamp\r\n"
  std::string vary_encoding;  ///< the same with Accept-Encoding
  std::string all;            ///< csp, rest and vary, for the usual answer
};

/// `script_hashes`: "sha256-BASE64" of every inline script of the built page (html_scan.hpp).
[[nodiscard]] SecurityHeaders make_security_headers(const PagePolicy& settings,
                                                    const std::vector<std::string>& script_hashes);

/// The policy that documents carry beside the usual one where popups are refused: what opens a
/// window could read that window's next document, boot token included, whatever the opener policy
/// says once its `about:blank` went through document.open(). Everything else that a page does stays
/// allowed: scripts, its origin, forms, dialogs, downloads, `mailto:` and the like.
inline constexpr std::string_view kNoPopups =
    "sandbox allow-scripts allow-same-origin allow-forms allow-modals allow-downloads "
    "allow-pointer-lock allow-orientation-lock allow-top-navigation-to-custom-protocols";

/// Headers for the listeners that serve no browser: no sniffing, no caching by accident.
[[nodiscard]] SecurityHeaders make_plain_headers();

/// The value of Content-Security-Policy.
[[nodiscard]] std::string content_security_policy(const PagePolicy& settings,
                                                  const std::vector<std::string>& script_hashes);

}  // namespace portcullis::bff
