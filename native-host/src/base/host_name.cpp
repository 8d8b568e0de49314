#include "base/host_name.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstddef>

namespace portcullis::bff {
namespace {

constexpr std::size_t kMaxHostBytes = 253;  // RFC 1035, section 2.3.4, minus the root's length byte

bool valid_port(std::string_view text) {
  // RFC 3986 allows an empty port ("host:"); no client sends one, and parsers disagree on it.
  if (text.empty() || text.size() > 5) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= 65535;
}

std::optional<std::string> normalize_ipv6(std::string_view inner) {
  const std::string text(inner);  // inet_pton needs a terminator
  in6_addr address{};
  if (inet_pton(AF_INET6, text.c_str(), &address) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (inet_ntop(AF_INET6, &address, out.data(), out.size()) == nullptr) return std::nullopt;
  return '[' + std::string(out.data()) + ']';
}

}  // namespace

std::optional<std::string> normalize_host(std::string_view host) {
  if (!host.empty() && host.front() == '[') {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view rest = host.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || !valid_port(rest.substr(1)))) return std::nullopt;
    return normalize_ipv6(host.substr(1, close - 1));
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (!valid_port(host.substr(colon + 1))) return std::nullopt;
    host = host.substr(0, colon);
  }
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  if (host.empty() || host.size() > kMaxHostBytes) return std::nullopt;
  std::string out(host);
  char before = '.';
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool allowed =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!allowed || (c == '.' && before == '.')) return std::nullopt;
    before = c;
  }
  if (out.back() == '.') return std::nullopt;
  return out;
}

std::optional<std::string> normalize_host_name(std::string_view host) {
  const bool has_port = !host.empty() && host.back() != ']' && host.find(':') != host.npos;
  return has_port ? std::nullopt : normalize_host(host);
}

bool is_local_name(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host.ends_with(".localhost");
}

bool is_loopback(const std::string& address) {
  if (address == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace portcullis::bff
