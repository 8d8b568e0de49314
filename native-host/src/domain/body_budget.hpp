// Limits the memory of request bodies: one budget for the process, one per account and one per
// client address, so that no user or machine can exhaust it.
//
// Counts bytes received and held, not the announced length, and only those above
// BodyAllowance::kFreeBytes per body. A body streamed to an upstream holds one piece at a time;
// without budget it continues in pieces of kFreeBytes, slower, and is never refused. A body read as
// a whole is refused: OVERLOADED if the process budget is exhausted, BODY_MEMORY_LIMIT for an
// account's or address's share.
//
// Thread-safe. Two hash look-ups under one lock per piece of a body above kFreeBytes. Only owners
// that hold bytes have an entry.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/keyed_hash.hpp"
#include "http/body_allowance.hpp"

namespace portcullis::bff {

/// In bytes; settings.yaml: limits.body_memory_kib and its siblings.
struct BodyLimits {
  std::size_t total = 64UL << 20U;
  std::size_t per_account = 4UL << 20U;
  std::size_t per_address = 16UL << 20U;
};

/// The body memory of the process.
class BodyBudget {
 public:
  BodyBudget() = default;
  explicit BodyBudget(BodyLimits limits) : limits_(limits) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  /// An allowance for one body of this account (Session::account(); empty: none) and address
  /// (site_of()). The budget must outlive it.
  [[nodiscard]] std::unique_ptr<BodyAllowance> open(std::string account, std::string address);

  /// Replaces the limits (reload). Held bytes are kept.
  void set_limits(BodyLimits limits);

  /// Bytes held.
  [[nodiscard]] std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }
  /// Bodies refused since the start.
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

 private:
  class Share;
  Code change(const Share& of, std::size_t from, std::size_t to);

  std::mutex mutex_;
  BodyLimits limits_;
  KeyedMap<std::size_t> accounts_;
  KeyedMap<std::size_t> addresses_;
  std::atomic<std::size_t> held_{0};  // written under mutex_
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace portcullis::bff
