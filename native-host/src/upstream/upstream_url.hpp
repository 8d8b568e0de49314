// The address of an upstream or PDP: "http://host:port" or "https://host[:port]", optionally with a
// base path that is prepended to every target.
//
// Rejected: other schemes, user info (a secret does not belong in a URL that is logged), query,
// fragment, empty host, dot segments or percent-encoding in the base path.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "upstream/circuit_breaker.hpp"

namespace portcullis::bff {

/// "scheme://host[:port]".
struct Origin {
  bool tls = false;
  std::string authority;  ///< host and port as written
};

/// An upstream as the client uses it; made once per configuration snapshot and shared.
struct UpstreamTarget {
  std::string name;  ///< from routes.yaml, or "pdp"; for metrics and logs
  bool tls = false;
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string base_path;  ///< "" or "/base", without trailing slash
  std::string authority;  ///< the Host header to send
  std::string pool_key;  ///< scheme, host, port and trust: connections with the same key are shared
  std::chrono::milliseconds connect_timeout{1000};
  /// Longest wait for the answer's head, and for each further piece of a body in either direction.
  std::chrono::milliseconds timeout{10'000};
  /// Longest silence of an event stream; zero: unlimited (TCP keep-alive still detects a dead peer
  /// within two minutes).
  std::chrono::milliseconds stream_idle_timeout{0};
  bool verify_tls = true;
  BreakerSettings breaker;
  std::string ca_pem;       ///< only these authorities are trusted; empty: the machine's
  std::string ca_id;        ///< a hash of `ca_pem`; empty if that is empty
  std::string server_name;  ///< for SNI and certificate verification; empty: `host`
  /// Further origins the upstream uses for itself: URLs with them are mapped as its own.
  std::vector<Origin> origins;
  std::vector<std::string> forward_headers;  ///< for every route; also part of RouteRule
  /// A header field sent with every request, replacing the client's; empty: none. The value is a
  /// secret and appears in no log, message or metric.
  std::string credential_name;
  std::string credential_value;
};
using UpstreamTargetPtr = std::shared_ptr<const UpstreamTarget>;

/// Sets `authority` and `pool_key` from scheme, host and port.
void complete(UpstreamTarget& target);

/// Parses "http://host[:port]" or "https://..." with nothing after it; nullopt otherwise.
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);

/// Returns the target, or one sentence about what is wrong with the URL.
[[nodiscard]] std::variant<UpstreamTarget, std::string> parse_upstream_url(std::string_view name,
                                                                           std::string_view url);

}  // namespace portcullis::bff
