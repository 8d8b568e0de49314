// Inside of the HTTP client: its connections, idle and leased. Not for others.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/keyed_hash.hpp"
#include "upstream/http_client.hpp"

namespace portcullis::bff {

// Shared with leases: at shutdown the coroutines that hold them are destroyed by their io_context,
// after the client.
struct HttpClient::Pools final : Watched {
  struct Pool {
    std::vector<UpstreamConnectionPtr> idle;  // the latest last
    std::size_t leased = 0;
  };

  Pools(asio::io_context& context, HttpClientOptions limits)
      : options(limits), watchdog(context.get_executor()) {}

  void give_back(UpstreamConnectionPtr connection);
  void forget(const std::string& key) noexcept;
  /// An idle connection that is fit for use, or nullptr.
  UpstreamConnectionPtr take(Pool& pool, Reuse reuse);
  /// Closes what was idle for too long.
  void on_deadline() override;
  void clear_idle() noexcept;

  const HttpClientOptions options;
  Watchdog watchdog;
  KeyedMap<Pool> by_key;
  std::size_t idle_count = 0;
  bool closed = false;
};

}  // namespace portcullis::bff
