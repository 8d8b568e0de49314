// The memory that request bodies take, over the whole process: one budget for all, one for each
// account and one for each client address, so that neither one person nor one machine can take it
// from the others.
//
// Counted are bytes that have arrived and are held, never what was announced, and for each body
// what is above BodyAllowance::kFreeBytes. A body that streams to an upstream holds one piece at a
// time, and goes on in pieces of kFreeBytes when there is no more: it is slower then, never
// refused. One that is read as a whole is refused: OVERLOADED when the process has no more,
// BODY_MEMORY_LIMIT when the account or the address has its share.
//
// Safe from any thread. One look-up in two tables under one lock, for each piece of a body that is
// larger than kFreeBytes. The tables have an entry for who holds something now.
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

class BodyBudget {
 public:
  BodyBudget() = default;
  explicit BodyBudget(BodyLimits limits) : limits_(limits) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  /// For one body of this account (Session::account(); empty: none) and address (site_of()). The
  /// budget outlives it.
  [[nodiscard]] std::unique_ptr<BodyAllowance> open(std::string account, std::string address);

  /// New limits (reload). What is held stays.
  void set_limits(BodyLimits limits);

  [[nodiscard]] std::size_t held() const noexcept { return held_.load(std::memory_order_relaxed); }
  /// Bodies that were refused, so far.
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
