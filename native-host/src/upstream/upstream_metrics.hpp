// Port: metrics about calls to upstreams.
#pragma once

#include <chrono>
#include <string_view>

namespace portcullis::bff {

/// Called on connection threads: implementations must be thread-safe and must not block.
class UpstreamMetrics {
 public:
  virtual ~UpstreamMetrics() = default;
  /// Counts one call. `upstream` is a name of routes.yaml; `outcome` is "ok" or a Code's name in
  /// lower case.
  virtual void upstream_request(std::string_view upstream, std::string_view outcome,
                                std::chrono::nanoseconds took) = 0;
  /// A pooled connection turned out to be closed, and the call was repeated.
  virtual void upstream_retry(std::string_view upstream) = 0;
  /// A call got a new connection, or reused a pooled one.
  virtual void upstream_connection(std::string_view upstream, bool reused) = 0;
};

}  // namespace portcullis::bff
