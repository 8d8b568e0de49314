#include "http/security_headers.hpp"

namespace portcullis::bff {

namespace {

/// A value in the policy must not end a directive or the header.
std::string safe(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != ';' && c != ',' && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
  }
  return out;
}

constexpr std::string_view kPermissionsPolicy =
    "accelerometer=(), autoplay=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()";

void add_vary(SecurityHeaders& out) {
  // X-Plugin-Stamp: stamps are unique, so an answer to one call is never reused from the browser's
  // cache for another (`cache: 'force-cache'`).
  out.vary = "Vary: Cookie, X-Plugin-Id, X-Plugin-Stamp\r\n";
  out.vary_encoding = "Vary: Cookie, X-Plugin-Id, X-Plugin-Stamp, Accept-Encoding\r\n";
  out.all = out.csp + out.rest + out.vary;
}

}  // namespace

std::string content_security_policy(const PagePolicy& settings,
                                    const std::vector<std::string>& script_hashes) {
  // 'wasm-unsafe-eval' permits compiling the core, not eval of JavaScript.
  std::string out = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  for (const std::string& hash : script_hashes) out.append(" '").append(safe(hash)).append("'");
  out.append("; style-src 'self'");
  for (const std::string& hash : settings.style_hashes) {
    out.append(" '").append(safe(hash)).append("'");
  }
  // blob: covers bytes assembled by the page's scripts, such as what the SDK fetched for an <img>
  // or <video>.
  out.append("; img-src 'self' data: blob:; media-src 'self' blob:");
  out.append("; font-src 'self'; connect-src 'self'; frame-ancestors ");
  out.append(settings.frame_ancestors.empty() ? "'none'" : safe(settings.frame_ancestors));
  out.append("; base-uri 'none'; object-src 'none'; form-action 'self'");
  out.append("; require-trusted-types-for 'script'; trusted-types");
  // The SDK's policy for the one worker; it forbids every policy after it (gate/close_policies.ts).
  out.append(" portcullis-gate");
  for (const std::string& policy : settings.trusted_types) out.append(" ").append(safe(policy));
  return out;
}

SecurityHeaders make_security_headers(const PagePolicy& settings,
                                      const std::vector<std::string>& script_hashes) {
  SecurityHeaders out;
  out.csp = "Content-Security-Policy: " + content_security_policy(settings, script_hashes) + "\r\n";
  out.rest.append("X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n");
  out.rest.append("Permissions-Policy: ").append(kPermissionsPolicy).append("\r\n");
  // Under `same-origin`, a popup of the page opened by a plugin could be read; under this policy it
  // cannot.
  out.rest.append("Cross-Origin-Opener-Policy: noopener-allow-popups\r\n");
  out.rest.append("Cross-Origin-Resource-Policy: same-origin\r\n");
  add_vary(out);
  return out;
}

SecurityHeaders make_plain_headers() {
  SecurityHeaders out;
  out.csp =
      "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'\r\n";
  out.rest = "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
  out.rest.append("Permissions-Policy: ").append(kPermissionsPolicy).append("\r\n");
  out.rest.append("Cross-Origin-Opener-Policy: noopener-allow-popups\r\n");
  out.rest.append("Cross-Origin-Resource-Policy: same-origin\r\n");
  out.all = out.csp + out.rest;
  return out;
}

}  // namespace portcullis::bff
