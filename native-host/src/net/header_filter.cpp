#include "net/header_filter.hpp"

#include <algorithm>

#include "net/header_text.hpp"

namespace portcullis::bff {

namespace {

/// Fields of kRequestHeaders that are lists: several lines mean one list (RFC 9110, 5.3).
constexpr std::array<std::string_view, 11> kLists{
    "accept",           "accept-encoding", "accept-language", "cache-control",
    "content-language", "if-match",        "if-none-match",   "pragma",
    "prefer",           "priority",        "tracestate"};

/// Whole names that an upstream may not send, sorted.
constexpr std::array kBlocked = std::to_array<std::string_view>({
    "accept-ch",
    "activate-storage-access",
    "alt-svc",
    "alt-used",
    "authentication-info",
    "cdn-cache-control",
    "clear-site-data",
    "connection",
    "content-length",
    "content-security-policy",
    "content-security-policy-report-only",
    "critical-ch",
    "date",
    "document-policy",
    "document-policy-report-only",
    "expect-ct",
    "feature-policy",
    "integrity-policy",
    "integrity-policy-report-only",
    "keep-alive",
    "nel",
    "no-vary-search",
    "observe-browsing-topics",
    "origin-agent-cluster",
    "permissions-policy",
    "permissions-policy-report-only",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-connection",
    "public-key-pins",
    "public-key-pins-report-only",
    "referrer-policy",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "require-document-policy",
    "server",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "set-login",
    "sourcemap",
    "speculation-rules",
    "strict-transport-security",
    "supports-loading-mode",
    "te",
    "timing-allow-origin",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "use-as-dictionary",
    "via",
    "www-authenticate",
    "x-allowlist-violation",
    "x-content-security-policy",
    "x-content-type-options",
    "x-csrf-token",
    "x-dns-prefetch-control",
    "x-frame-options",
    "x-integrity-error",
    "x-lighttpd-send-file",
    "x-permitted-cross-domain-policies",
    "x-powered-by",
    "x-reproxy-url",
    "x-request-id",
    "x-sendfile",
    "x-sourcemap",
    "x-stamp-violation",
    "x-webkit-csp",
    "x-xss-protection",
});
static_assert(std::is_sorted(kBlocked.begin(), kBlocked.end()));

/// For each first letter the lengths of the names in a list that begin with it, as bits: most names
/// are told apart by that alone.
class NameSieve {
 public:
  template <std::size_t N>
  constexpr explicit NameSieve(const std::array<std::string_view, N>& names) {
    for (const std::string_view name : names) {
      lengths_[static_cast<std::size_t>(name.front() - 'a')] |= std::uint64_t{1} << name.size();
    }
  }
  /// False: it is none of them.
  [[nodiscard]] constexpr bool may_have(std::string_view name) const noexcept {
    if (name.empty() || name.size() >= 64 || !is_alpha(name.front())) return false;
    return (lengths_[static_cast<std::size_t>(ascii_lower(name.front()) - 'a')] >> name.size() &
            1U) != 0;
  }

 private:
  std::array<std::uint64_t, 26> lengths_{};
};
constexpr NameSieve kBlockedSieve(kBlocked);
constexpr NameSieve kRequestSieve(kRequestHeaders);

/// Families of names that an upstream may not send.
constexpr std::array<std::string_view, 9> kBlockedPrefixes{"access-control-",
                                                           "attribution-reporting-",
                                                           "cross-origin-",
                                                           "ratelimit",
                                                           "sec-",
                                                           "surrogate-",
                                                           "x-accel-",
                                                           "x-plugin-",
                                                           "x-portcullis-"};

std::size_t allowed_index(std::string_view name) noexcept {
  if (!kRequestSieve.may_have(name)) return kRequestHeaders.size();
  for (std::size_t i = 0; i < kRequestHeaders.size(); ++i) {
    if (iequals(kRequestHeaders[i], name)) return i;
  }
  return kRequestHeaders.size();
}

bool is_list(std::string_view name) noexcept {
  return std::find(kLists.begin(), kLists.end(), name) != kLists.end();
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// A value of ours; whatever is not a visible ASCII character is percent-encoded.
void add_own(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).append(": ");
  const bool plain = is_visible_ascii(value) && value.find('%') == value.npos;
  if (plain) {
    out.append(value).append("\r\n");
    return;
  }
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 15U]);
    }
  }
  out.append("\r\n");
}

}  // namespace

Code filter_request_headers(std::span<const HeaderField> from, const ProxyIdentity& who,
                            std::string& out, std::string& detail) {
  std::array<std::size_t, kRequestHeaders.size()> seen{};
  bool trace = false;
  std::string_view connection_options;
  std::string several;  // Connection fields, joined; there is hardly ever more than one
  for (const HeaderField& field : from) {
    if (iequals(field.name, "connection")) {
      if (!connection_options.empty()) {
        several = std::string(connection_options).append(", ").append(field.value);
      }
      connection_options = several.empty() ? field.value : std::string_view(several);
    } else if (iequals(field.name, "traceparent")) {
      trace = valid_traceparent(field.value);
    }
  }
  for (const HeaderField& field : from) {
    const std::size_t index = allowed_index(field.name);
    if (index == kRequestHeaders.size()) continue;
    const std::string_view name = kRequestHeaders[index];
    if (++seen[index] > 1 && !is_list(name)) {
      detail = std::string(name) + " stands twice";
      return Code::kBadRequest;
    }
    // RFC 9110, 7.6.1: what the client calls hop-by-hop ends here. Our own fields are added below,
    // where Connection has no say: "Connection: X-Portcullis-User" removes nothing.
    if (list_names(connection_options, name)) continue;
    // A tracestate without a valid traceparent must not be used (Trace Context, 3.3.1).
    if (!trace && (name == "traceparent" || name == "tracestate")) continue;
    add_line(out, name, field.value);
  }
  add_own(out, "X-Request-ID", who.request_id);
  add_own(out, "X-Forwarded-For", who.client_ip);
  add_own(out, "X-Forwarded-Proto", who.scheme);
  add_own(out, "X-Forwarded-Host", who.host);
  add_own(out, "X-Portcullis-Tenant", who.tenant);
  add_own(out, "X-Portcullis-User", who.user);
  add_own(out, "X-Portcullis-Plugin", who.plugin_id);
  add_own(out, "X-Plugin-Id", who.plugin_id);
  add_line(out, "Via", "1.1 portcullis");  // RFC 9110, 7.6.3: a gateway must
  return Code::kAllowed;
}

bool response_header_blocked(std::string_view name) noexcept {
  if (kBlockedSieve.may_have(name)) {
    std::array<char, 64> room;
    std::transform(name.begin(), name.end(), room.begin(), ascii_lower);
    const std::string_view lower(room.data(), name.size());
    if (std::binary_search(kBlocked.begin(), kBlocked.end(), lower)) return true;
  }
  constexpr std::string_view kCdn = "-cdn-cache-control";
  if (name.size() > kCdn.size() && iequals(name.substr(name.size() - kCdn.size()), kCdn)) {
    return true;
  }
  return std::any_of(
      kBlockedPrefixes.begin(), kBlockedPrefixes.end(), [&](std::string_view prefix) {
        return name.size() >= prefix.size() && ascii_lower(name.front()) == prefix.front() &&
               iequals(name.substr(0, prefix.size()), prefix);
      });
}

Code filter_response_headers(std::span<const HeaderField> from, unsigned status,
                             const UpstreamTarget& upstream, ResponseHead& head,
                             std::string& detail) {
  std::string_view content_type;
  bool has_content_type = false;
  std::string cache_control;
  std::string vary;
  bool named_any = false;  // Connection names fields of this answer; nearly never
  for (const HeaderField& field : from) {
    named_any =
        named_any || (iequals(field.name, "connection") && !iequals(field.value, "keep-alive") &&
                      !iequals(field.value, "close"));
  }
  for (const auto& [name, value] : from) {
    if (response_header_blocked(name) || (named_any && named_by_connection(from, name))) continue;
    if (iequals(name, "content-type")) {
      if (has_content_type) {
        detail = "two Content-Type fields";
        return Code::kUpstreamInvalid;
      }
      has_content_type = true;
      content_type = value;
    } else if (iequals(name, "cache-control")) {
      append_list(cache_control, value);
      continue;
    } else if (iequals(name, "vary")) {
      append_list(vary, value);
      continue;
    } else if (iequals(name, "location")) {
      const auto local = same_origin_location(value, upstream);
      if (local) {
        head.fields.insert("Location", *local);
      } else if (status / 100 == 3) {
        detail = "a redirect to another origin";
        return Code::kUpstreamInvalid;
      }
      continue;
    }
    head.fields.insert(name, value);
  }
  const BodyKind kind = classify_content_type(content_type);
  head.own_csp = kind == BodyKind::kActive;
  if (head.own_csp) head.fields.insert("Content-Security-Policy", kSandboxPolicy);
  if (kind == BodyKind::kEventStream) {
    // nginx in front of us would hold events back until its buffer is full.
    head.fields.insert("X-Accel-Buffering", "no");
  }
  head.fields.insert("Cache-Control", private_cache_control(cache_control));
  // The answer was given to this session and this plugin; a cache must not give it to another.
  if (vary != "*") append_list(vary, "Cookie, X-Plugin-Id, X-Plugin-Stamp");
  head.fields.insert("Vary", vary);
  head.own_vary = true;
  return Code::kAllowed;
}

}  // namespace portcullis::bff
