#include "upstream/location.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/host_name.hpp"
#include "portcullis/path_prefix.hpp"

namespace portcullis::bff {

namespace {

using Kind = MappedLocation::Kind;

constexpr std::size_t kShownBytes = 200;

/// Percent-encodes characters that people may write raw. Nullopt for bytes that no URL may have or
/// that browsers reinterpret ('\' is '/').
std::optional<std::string> plain_reference(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\') return std::nullopt;
    if (byte == 0x20 || byte >= 0x80) {
      append_percent(out, byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

struct Authority {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<Authority> parse_authority(std::string_view text, bool tls) {
  if (text.ends_with(':'))
    text.remove_suffix(1);  // RFC 3986, section 3.2.3: the scheme's default port
  auto host = normalize_host(text);
  if (!host) return std::nullopt;
  Authority out{std::move(*host), static_cast<std::uint16_t>(tls ? 443 : 80)};
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  if (colon == text.npos || (bracket != text.npos && bracket > colon)) return out;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  return out;
}

bool names(std::string_view authority, bool tls, std::string_view other) {
  const auto a = parse_authority(authority, tls);
  const auto b = parse_authority(other, tls);
  return a && b && a->host == b->host && a->port == b->port;
}

/// Counts the dots of ".", ".." or the spellings browsers treat alike (URL Standard, section 4.1);
/// 0 for other segments.
int dots(std::string_view segment) noexcept {
  int count = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               ascii_lower(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++count > 2) return 0;
  }
  return count;
}

/// RFC 3986, section 5.2.4. `path` begins with a slash, and so does the result.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool slash_at_end = false;
  for (path.remove_prefix(1);;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    const int up = dots(segment);
    if (up == 2 && !kept.empty()) kept.pop_back();
    if (up == 0) kept.push_back(segment);
    slash_at_end = up != 0;
    if (slash == path.npos) break;
    path.remove_prefix(slash + 1);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (slash_at_end || out.empty()) out.push_back('/');
  return out;
}

/// Maps the path of an upstream's URL. `own_words`: it may already be the client's path, because
/// the upstream knows the prefix.
std::string mapped_path(std::string_view path, const LocationMap& map, bool own_words) {
  const std::string_view base = map.upstream.base_path;
  if (base.empty() && map.prefix.empty()) return std::string(path);
  std::string plain = without_dots(path);
  std::string_view rest = plain;
  if (own_words && !map.prefix.empty() && at_or_below(rest, map.prefix)) return plain;
  if (!base.empty() && at_or_below(rest, base)) rest.remove_prefix(base.size());
  std::string out(map.prefix);
  out.append(rest);
  return out.empty() ? "/" : out;
}

MappedLocation local(std::string_view path_and_rest, const LocationMap& map, bool own_words) {
  const std::size_t end = std::min(path_and_rest.find_first_of("?#"), path_and_rest.size());
  const std::string_view path = path_and_rest.substr(0, end);
  std::string out = mapped_path(path.empty() ? "/" : path, map, own_words);
  // "//x" would name a host.
  if (out.starts_with("//")) return {Kind::kMalformed, {}};
  out.append(path_and_rest.substr(end));
  return {Kind::kLocal, std::move(out)};
}

MappedLocation relative(std::string_view reference, const LocationMap& map) {
  const bool as_it_is = map.upstream.base_path.empty() && map.prefix.empty();
  // A lone query or fragment means the same resource on both sides.
  if (as_it_is || reference.front() == '?' || reference.front() == '#') {
    return {Kind::kLocal, std::string(reference)};
  }
  std::string merged(map.upstream.base_path);
  const std::string_view path = map.target.substr(0, map.target.find('?'));
  merged.append(path.substr(0, path.rfind('/') + 1)).append(reference);
  return local(merged, map, false);
}

bool is_upstream(std::string_view authority, bool tls, const UpstreamTarget& upstream) {
  if (tls == upstream.tls && names(authority, tls, upstream.authority)) return true;
  return std::any_of(upstream.origins.begin(), upstream.origins.end(), [&](const Origin& origin) {
    return origin.tls == tls && names(authority, tls, origin.authority);
  });
}

}  // namespace

std::string own_origin(const LocationMap& map) {
  return std::string(map.scheme).append("://").append(map.authority);
}

MappedLocation map_location(std::string_view value, const LocationMap& map) {
  const auto plain = plain_reference(value);
  if (!plain || plain->empty()) return {};
  const std::string_view all = *plain;
  // A ':' before the first of "/?#" ends a scheme (RFC 3986, section 4.2).
  const std::size_t colon = all.find(':');
  const bool absolute = colon != all.npos && colon < all.find_first_of("/?#");
  if (!absolute && !all.starts_with("//")) {
    return all.front() == '/' ? local(all, map, true) : relative(all, map);
  }
  const std::string_view scheme = absolute ? all.substr(0, colon) : map.scheme;
  const bool https = iequals(scheme, "https");
  std::string_view rest = absolute ? all.substr(colon + 1) : all;
  if (!https && !iequals(scheme, "http")) {
    return {Kind::kForeign, std::string(scheme.substr(0, kShownBytes)) + ":"};
  }
  if (!rest.starts_with("//")) return {};
  rest.remove_prefix(2);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (authority.empty()) return {};
  const bool own = https == (map.scheme == "https") && names(authority, https, map.authority);
  // Without a scheme, the connection's applies (RFC 3986, section 5.2.2), which may be either.
  const bool upstreams = is_upstream(authority, https, map.upstream) ||
                         (!absolute && is_upstream(authority, !https, map.upstream));
  if (own || upstreams) {
    // Matches both (a gateway in front of itself): treat it as the upstream's.
    return local(rest.empty() ? "/" : rest, map, own);
  }
  const std::string_view host = authority.substr(authority.rfind('@') + 1);  // no secret in a log
  return {Kind::kForeign,
          (https ? "https://" : "http://") + std::string(host.substr(0, kShownBytes))};
}

std::string map_links(std::string_view value, const LocationMap& map) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quoted && c == '\\' && i + 1 < value.size()) {
      out.append(value.substr(i++, 2));
      continue;
    }
    if (c == '"') quoted = !quoted;
    const std::size_t end = c == '<' && !quoted ? value.find('>', i) : value.npos;
    if (end == value.npos) {
      out.push_back(c);
      continue;
    }
    const std::string_view target = value.substr(i + 1, end - i - 1);
    const MappedLocation mapped = map_location(target, map);
    out.append("<").append(mapped.kind == Kind::kLocal ? mapped.text : std::string(target));
    out.append(">");
    i = end;
  }
  return out;
}

}  // namespace portcullis::bff
