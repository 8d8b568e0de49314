// What the upstream side reports of itself. A port: the server's metrics implement it.
#pragma once

#include <chrono>
#include <string_view>

namespace portcullis::bff {

/// Called on the threads of the connections: implementations are thread-safe and do not block.
class UpstreamMetrics {
 public:
  virtual ~UpstreamMetrics() = default;
  /// One call. `upstream` is a name of routes.yaml; `outcome` is "ok" or a Code's name in lower
  /// case.
  virtual void upstream_request(std::string_view upstream, std::string_view outcome,
                                std::chrono::nanoseconds took) = 0;
  /// A kept connection turned out to be closed, and the call was sent once more.
  virtual void upstream_retry(std::string_view upstream) = 0;
  virtual void upstream_connection(std::string_view upstream, bool reused) = 0;
};

}  // namespace portcullis::bff
