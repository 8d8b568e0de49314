#include "upstream/header_filter.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.hpp"
#include "portcullis/header_lists.hpp"
#include "upstream/header_text.hpp"

namespace portcullis::bff {

namespace {

using namespace header_lists;

constexpr std::size_t kMaxDroppedBytes = 512;

/// For each first letter, a bit set of the lengths of the list's names that begin with it: enough
/// to rule out most names.
class NameSieve {
 public:
  template <std::size_t N>
  constexpr explicit NameSieve(const std::array<std::string_view, N>& names) {
    for (const std::string_view name : names) {
      lengths_[static_cast<std::size_t>(name.front() - 'a')] |= std::uint64_t{1} << name.size();
    }
  }
  /// False if it is certainly not in the list.
  [[nodiscard]] constexpr bool may_have(std::string_view name) const noexcept {
    if (name.empty() || name.size() >= 64 || !is_alpha(name.front())) return false;
    return (lengths_[static_cast<std::size_t>(ascii_lower(name.front()) - 'a')] >> name.size() &
            1U) != 0;
  }

 private:
  std::array<std::uint64_t, 26> lengths_{};
};
constexpr NameSieve kBlockedSieve(kResponseNever);
constexpr NameSieve kRequestSieve(kRequestPass);

std::size_t allowed_index(std::string_view name) noexcept {
  if (!kRequestSieve.may_have(name)) return kRequestPass.size();
  for (std::size_t i = 0; i < kRequestPass.size(); ++i) {
    if (iequals(kRequestPass[i], name)) return i;
  }
  return kRequestPass.size();
}

bool is_list(std::string_view name) noexcept {
  return std::find(kRequestLists.begin(), kRequestLists.end(), name) != kRequestLists.end();
}

std::size_t forward_index(std::span<const std::string> forward, std::string_view name) noexcept {
  std::size_t i = 0;
  while (i < forward.size() && !iequals(forward[i], name)) ++i;
  return i;
}

template <std::size_t N>
bool has_prefix(const std::array<std::string_view, N>& prefixes, std::string_view name) noexcept {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return name.size() >= prefix.size() && ascii_lower(name.front()) == prefix.front() &&
           iequals(name.substr(0, prefix.size()), prefix);
  });
}

/// Records a field that was not forwarded, unless browsers or proxies send it on their own.
void note_dropped(std::string& dropped, std::string_view name) {
  const auto is_name = [&](std::string_view each) { return iequals(each, name); };
  if (std::any_of(kRequestUntold.begin(), kRequestUntold.end(), is_name) ||
      has_prefix(kRequestUntoldPrefixes, name) || list_names(dropped, name)) {
    return;
  }
  if (dropped.size() + name.size() + 2 > kMaxDroppedBytes) {
    if (!dropped.ends_with("...")) append_list(dropped, "...");
    return;
  }
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  append_list(dropped, lower);
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

/// Adds a field of the server's own; bytes that are not visible ASCII are percent-encoded.
void add_own(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).append(": ");
  const bool plain = is_visible_ascii(value) && value.find('%') == value.npos;
  if (plain) {
    out.append(value).append("\r\n");
    return;
  }
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out.push_back(c);
    } else {
      append_percent(out, byte);
    }
  }
  out.append("\r\n");
}

/// The port of "host:port", or the scheme's default.
std::string_view port_of(std::string_view authority, std::string_view scheme) noexcept {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  const bool named = colon != authority.npos && (bracket == authority.npos || colon > bracket);
  if (named && colon + 1 < authority.size()) return authority.substr(colon + 1);
  return scheme == "https" ? "443" : "80";
}

void add_own_lines(std::string& out, const ProxyIdentity& who) {
  add_own(out, "X-Request-ID", who.request_id);
  add_own(out, "X-Forwarded-For", who.client_ip);
  add_own(out, "X-Forwarded-Proto", who.scheme);
  add_own(out, "X-Forwarded-Host", who.host);
  if (!who.host.empty()) add_own(out, "X-Forwarded-Port", port_of(who.host, who.scheme));
  if (!who.prefix.empty()) add_line(out, "X-Forwarded-Prefix", who.prefix);  // canonical already
  add_own(out, "X-Portcullis-Tenant", who.tenant);
  add_own(out, "X-Portcullis-User", who.user);
  add_own(out, "X-Portcullis-Plugin", who.plugin_id);
  add_own(out, "X-Plugin-Id", who.plugin_id);
  add_line(out, "Via", "1.1 portcullis");  // RFC 9110, section 7.6.3: required of a gateway
}

}  // namespace

bool request_header_forbidden(std::string_view lower_name) {
  std::string name(lower_name);
  std::replace(name.begin(), name.end(), '_', '-');
  return name.empty() || std::binary_search(kRequestNever.begin(), kRequestNever.end(), name) ||
         has_prefix(kRequestNeverPrefixes, name);
}

Code filter_request_headers(std::span<const HeaderField> from, const ProxyIdentity& who,
                            std::span<const std::string> forward, FilteredHeaders& out) {
  std::array<std::size_t, kRequestPass.size()> seen{};
  std::vector<std::size_t> seen_forwarded(forward.size());
  bool trace = false;
  std::string_view connection_options;
  std::string several;  // several Connection fields, joined; rare
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
    std::string_view name;
    bool again = false;
    if (index < kRequestPass.size()) {
      name = kRequestPass[index];
      again = ++seen[index] > 1 && !is_list(name);
    } else if (const std::size_t at = forward_index(forward, field.name); at < forward.size()) {
      name = forward[at];
      again = ++seen_forwarded[at] > 1;
    } else {
      note_dropped(out.dropped, field.name);
      continue;
    }
    if (again) {
      out.detail = "duplicate header " + std::string(name) + "; send it once";
      return Code::kBadRequest;
    }
    // RFC 9110, section 7.6.1: fields the client declares hop-by-hop end here. The server's own
    // fields are added below, unaffected by Connection: "Connection: X-Portcullis-User" removes
    // nothing.
    if (list_names(connection_options, name)) continue;
    // A tracestate without a valid traceparent must not be used (Trace Context, section 3.3.1).
    if (!trace && (name == "traceparent" || name == "tracestate")) continue;
    add_line(out.lines, name, field.value);
  }
  add_own_lines(out.lines, who);
  return Code::kAllowed;
}

bool response_header_blocked(std::string_view name) noexcept {
  if (kBlockedSieve.may_have(name)) {
    std::array<char, 64> room;
    std::transform(name.begin(), name.end(), room.begin(), ascii_lower);
    const std::string_view lower(room.data(), name.size());
    if (std::binary_search(kResponseNever.begin(), kResponseNever.end(), lower)) return true;
  }
  const bool by_suffix = std::any_of(
      kResponseNeverSuffixes.begin(), kResponseNeverSuffixes.end(), [&](std::string_view suffix) {
        return name.size() > suffix.size() &&
               iequals(name.substr(name.size() - suffix.size()), suffix);
      });
  return by_suffix || (!name.empty() && has_prefix(kResponseNeverPrefixes, name));
}

namespace {

/// Explains why a Location is not passed on.
std::string elsewhere(const MappedLocation& mapped, unsigned status, const LocationMap& map) {
  const std::string upstream = "the upstream \"" + map.upstream.name + "\"";
  const std::string verb = status / 100 == 3 ? " redirects" : " points";
  if (mapped.kind == MappedLocation::Kind::kMalformed) {
    return upstream + verb + " to something that is not a valid URL";
  }
  return upstream + verb + " to " + mapped.text + ", which is neither this origin (" +
         own_origin(map) +
         ") nor the upstream's own. If it is the upstream by another name, list it under "
         "`origins` of the upstream in routes.yaml; redirects elsewhere are not passed on";
}

/// Adds Location or a similar field. False if the answer is rejected; `detail` says why.
bool add_location(std::string_view name, std::string_view value, unsigned status,
                  const LocationMap& map, ResponseHead& head, std::string& detail) {
  const MappedLocation mapped = map_location(value, map);
  if (mapped.kind == MappedLocation::Kind::kLocal) {
    head.fields.insert(name, mapped.text);
    return true;
  }
  if (name != "Location") return true;
  detail = elsewhere(mapped, status, map);
  return status / 100 != 3;
}

}  // namespace

Code filter_response_headers(std::span<const HeaderField> from, unsigned status,
                             const LocationMap& map, ResponseHead& head, std::string& detail) {
  if (status == 407) {
    // Browsers would attribute it to their own proxy and show a network error.
    detail = "407: a proxy in front of the upstream requires credentials";
    return Code::kUpstreamInvalid;
  }
  // RFC 9110, section 11.6.1: a 401 needs a challenge. The upstream's own would make the browser
  // ask for a password that is never forwarded.
  if (status == 401) head.fields.insert("WWW-Authenticate", kUpstreamChallenge);
  std::string_view content_type;
  bool has_content_type = false;
  std::string cache_control;
  std::string vary;
  bool named_any = false;  // Connection names fields of this answer; rare
  for (const HeaderField& field : from) {
    named_any =
        named_any || (iequals(field.name, "connection") && !iequals(field.value, "keep-alive") &&
                      !iequals(field.value, "close"));
  }
  for (const auto& [name, value] : from) {
    if (response_header_blocked(name) || (named_any && named_by_connection(from, name))) continue;
    if (iequals(name, "content-type")) {
      if (has_content_type) {
        detail = "the upstream's answer has two Content-Type fields";
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
      if (!add_location("Location", value, status, map, head, detail)) {
        return Code::kUpstreamInvalid;
      }
      continue;
    } else if (iequals(name, "content-location")) {
      (void)add_location("Content-Location", value, status, map, head, detail);
      continue;
    } else if (iequals(name, "link")) {
      head.fields.insert("Link", map_links(value, map));
      continue;
    }
    head.fields.insert(name, value);
  }
  const BodyKind kind = classify_content_type(content_type);
  head.own_csp = kind == BodyKind::kActive;
  if (head.own_csp) head.fields.insert("Content-Security-Policy", kSandboxPolicy);
  if (kind == BodyKind::kEventStream) {
    // Otherwise an nginx in front would buffer events.
    head.fields.insert("X-Accel-Buffering", "no");
  }
  head.fields.insert("Cache-Control", private_cache_control(cache_control));
  // The answer belongs to this session and plugin; a cache must not serve it to others.
  if (vary != "*") append_list(vary, "Cookie, X-Plugin-Id, X-Plugin-Stamp");
  head.fields.insert("Vary", vary);
  head.own_vary = true;
  return Code::kAllowed;
}

}  // namespace portcullis::bff
