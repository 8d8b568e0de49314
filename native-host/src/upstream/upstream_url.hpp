// Where an upstream (or a PDP) is: "http://host:port" or "https://host[:port]", optionally with a
// base path that is put in front of every target.
//
// Refused: other schemes, user info (a secret does not belong into a URL that is logged), query,
// fragment, an empty host, dot segments or percent-encoding in the base path.
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

/// An upstream as the client needs it; made once per config snapshot and shared.
struct UpstreamTarget {
  std::string name;  ///< of routes.yaml, or "pdp"; for metrics and logs
  bool tls = false;
  std::string host;  ///< name or address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string base_path;  ///< "" or "/base", never with a slash at the end
  std::string authority;  ///< the Host header that is sent
  std::string pool_key;   ///< scheme, host, port and trust: what connections are shared by
  std::chrono::milliseconds connect_timeout{1000};
  /// Longest wait for the head of the answer, and for each further piece of a body either way.
  std::chrono::milliseconds timeout{10'000};
  /// Longest silence of an event stream; zero: for ever (a dead peer is found within two minutes
  /// all the same, by TCP keep-alive).
  std::chrono::milliseconds stream_idle_timeout{0};
  bool verify_tls = true;
  BreakerSettings breaker;
  std::string ca_pem;       ///< these authorities alone are trusted; empty: the machine's
  std::string ca_id;        ///< a hash of `ca_pem`; empty when that is
  std::string server_name;  ///< for SNI and the certificate's name; empty: `host`
  /// Further origins that the upstream calls itself by: its URLs with them lead here, too.
  std::vector<Origin> origins;
  std::vector<std::string> forward_headers;  ///< of every route: RouteRule has them, too
  /// A header field that goes with every request, whatever the client sent; empty: none. The value
  /// is a secret: it is in no log, message or metric.
  std::string credential_name;
  std::string credential_value;
};
using UpstreamTargetPtr = std::shared_ptr<const UpstreamTarget>;

/// Fills in `authority` and `pool_key` from scheme, host and port.
void complete(UpstreamTarget& target);

/// From a checked entry of the configuration (config.hpp's Upstream: name, tls, host, port,
/// base_path, connect_timeout, timeout). Once per snapshot is best; a few small strings otherwise.
template <typename Configured>
[[nodiscard]] UpstreamTarget upstream_target(const Configured& configured) {
  UpstreamTarget target;
  target.name = configured.name;
  target.tls = configured.tls;
  target.host = configured.host;
  target.port = configured.port;
  target.base_path = configured.base_path;
  target.connect_timeout = configured.connect_timeout;
  target.timeout = configured.timeout;
  complete(target);
  return target;
}

/// "http://host[:port]" or "https://...", nothing behind it; nothing for anything else.
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);

/// The target, or one sentence that says what is wrong with the URL.
[[nodiscard]] std::variant<UpstreamTarget, std::string> parse_upstream_url(std::string_view name,
                                                                           std::string_view url);

}  // namespace portcullis::bff
