// How many connections one client's address may hold, so that no single one takes them all.
//
// Trusted proxies have no bound: a proxy's connections are its clients'. Safe from any thread; one
// lock for each connection that is opened or closed.
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

class ConnectionQuota {
 public:
  /// One connection's place; given back when it is destroyed.
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

  /// 0: no bound. In force for connections that come after it.
  void set(std::size_t per_address, std::vector<Cidr> proxies);
  /// Nothing when the address has its number. `peer` is in normal form.
  [[nodiscard]] std::optional<Slot> enter(std::string_view peer);
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
