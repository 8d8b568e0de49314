#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.hpp"

namespace portcullis::bff {

namespace {

using V6 = std::array<std::uint8_t, 16>;

bool begins_with(const V6& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool is_mapped(const V6& bytes) {
  return begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
}

std::optional<V6> parse_v6(std::string_view text) {
  V6 bytes{};
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  if (inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

bool is_v4(std::string_view text) {
  in_addr address{};
  return text.size() < INET_ADDRSTRLEN && text.find('\0') == text.npos &&
         inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

std::string v4_text(const std::uint8_t* bytes) {
  std::array<char, INET_ADDRSTRLEN> out{};
  inet_ntop(AF_INET, bytes, out.data(), out.size());
  return out.data();
}

/// RFC 7239, section 6: digits or an obfuscated name.
bool is_node_port(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '_') {
    return text.size() > 1 && std::all_of(text.begin() + 1, text.end(), [](char c) {
             return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
           });
  }
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// E.g. "2001:db8::/64".
std::string prefix_text(V6 bytes, std::size_t count) {
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end(), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
  return std::string(out.data()) + "/" + std::to_string(8 * count);
}

/// Removes quotes and escapes (RFC 9110, section 5.6.4); unquoted text is returned unchanged.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.empty() || text.front() != '"') return std::string(text);
  if (text.size() < 2 || text.back() != '"') return std::nullopt;
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) ++i;
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace

std::optional<std::string> normalize_ip(std::string_view text) {
  if (is_v4(text)) return std::string(text);
  if (const std::size_t zone = text.find('%'); zone != text.npos) {
    if (zone + 1 == text.size()) return std::nullopt;
    text = text.substr(0, zone);
  }
  const auto bytes = parse_v6(text);
  if (!bytes) return std::nullopt;
  if (is_mapped(*bytes)) return v4_text(bytes->data() + 12);
  std::array<char, INET6_ADDRSTRLEN> out{};
  inet_ntop(AF_INET6, bytes->data(), out.data(), out.size());
  return std::string(out.data());
}

std::optional<std::string> parse_forwarded_node(std::string_view written) {
  const auto plain = unquoted(trim_ows(written));
  if (!plain) return std::nullopt;
  const std::string_view text = trim_ows(*plain);
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == text.npos) return std::nullopt;
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_node_port(rest.substr(1)))) {
      return std::nullopt;
    }
    const std::string_view inner = text.substr(1, close - 1);
    return inner.find(':') == inner.npos ? std::nullopt : normalize_ip(inner);
  }
  // A single colon precedes the port of an IPv4 address; several mean IPv6 without brackets.
  const std::size_t colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) == text.npos) {
    const std::string_view host = text.substr(0, colon);
    if (!is_v4(host) || !is_node_port(text.substr(colon + 1))) return std::nullopt;
    return std::string(host);
  }
  return normalize_ip(text);
}

namespace {

/// How an address is counted: by an embedded IPv4 address, or by a number of leading bytes.
struct Counted {
  std::optional<std::string> v4;
  V6 bytes{};
  std::size_t of_network = 8;
  std::size_t of_site = 6;
};

std::optional<Counted> counted(std::string_view ip) {
  const auto bytes = parse_v6(ip);
  if (!bytes) return std::nullopt;
  Counted out{std::nullopt, *bytes};
  // RFC 6052, section 2.1: this /96 contains all of IPv4.
  if (is_mapped(*bytes) || begins_with(*bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    out.v4 = v4_text(bytes->data() + 12);
  } else if (begins_with(*bytes,
                         {0x20, 0x02})) {  // RFC 3056, section 2: the /48 of one IPv4 address
    out.v4 = v4_text(bytes->data() + 2);
  } else if (begins_with(*bytes, {0x20, 0x01, 0, 0})) {
    out.of_network = out.of_site =
        16;  // RFC 4380, section 4: the first 64 bits name the Teredo server
  }
  return out;
}

}  // namespace

std::string network_of(std::string_view ip) {
  const auto how = counted(ip);
  if (!how) return std::string(ip);
  return how->v4 ? *how->v4 : prefix_text(how->bytes, how->of_network);
}

std::string site_of(std::string_view ip) {
  const auto how = counted(ip);
  if (!how) return std::string(ip);
  return how->v4 ? *how->v4 : prefix_text(how->bytes, how->of_site);
}

}  // namespace portcullis::bff
