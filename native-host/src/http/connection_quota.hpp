// Limits the connections per client address. Trusted proxies have no limit, because their
// connections are their clients'. Thread-safe; one lock per connection opened or closed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cidr.hpp"

namespace portcullis::bff {

/// The quota of one server.
class ConnectionQuota {
 public:
  /// One connection's slot; released on destruction.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), key_(std::move(other.key_)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (of_ != nullptr) of_->leave(key_);
    }

   private:
    friend class ConnectionQuota;
    Slot(ConnectionQuota* of, std::string key) : of_(of), key_(std::move(key)) {}
    ConnectionQuota* of_ = nullptr;
    std::string key_;
  };

  /// Sets the limit for new connections; 0: unlimited.
  void set(std::size_t per_address, std::vector<Cidr> proxies);
  /// Takes a slot; nullopt if the address has reached its limit. `peer` is in normal form.
  [[nodiscard]] std::optional<Slot> enter(std::string_view peer);
  /// Number of refused connections.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(); }

 private:
  void leave(const std::string& key) noexcept;

  std::mutex mutex_;
  std::size_t per_address_ = 0;
  std::vector<Cidr> proxies_;
  std::map<std::string, std::size_t> open_;  // by site_of() the peer
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace portcullis::bff
