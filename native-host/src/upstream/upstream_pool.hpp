// The HTTP client's connections, idle and leased. Internal to http_client.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/keyed_hash.hpp"
#include "upstream/http_client.hpp"

namespace portcullis::bff {

// Shared with leases: at shutdown the io_context destroys the coroutines that hold them after the
// client is gone.
struct HttpClient::Pools final : Watched {
  struct Pool {
    std::vector<UpstreamConnectionPtr> idle;  // most recently used last
    std::size_t leased = 0;
  };

  Pools(asio::io_context& context, HttpClientOptions limits)
      : options(limits), watchdog(context.get_executor()) {}

  void give_back(UpstreamConnectionPtr connection);
  void forget(const std::string& key) noexcept;
  /// An idle connection fit for use, or nullptr.
  UpstreamConnectionPtr take(Pool& pool, Reuse reuse);
  /// Closes connections that were idle for too long.
  void on_deadline() override;
  void clear_idle() noexcept;

  const HttpClientOptions options;
  Watchdog watchdog;
  KeyedMap<Pool> by_key;
  std::size_t idle_count = 0;
  bool closed = false;
};

}  // namespace portcullis::bff
