// Sessions in memory: a restart ends all of them.
//
// The first 64 bits of an id select the entry; the other 192 are compared in constant time, so that
// timing reveals at most the former.
//
// Thread-safe. find() costs one hash look-up under one of 16 locks; create() is O(quota of an
// account); sweep() and destroy_if() are linear.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "domain/sessions.hpp"

namespace portcullis::bff {

/// The in-memory session store.
class MemorySessions final : public SessionStore {
 public:
  MemorySessions(const Clock& clock, SessionLimits limits);

  [[nodiscard]] Answer<SessionPtr> create(NewSession what) override;
  [[nodiscard]] Answer<SessionPtr> find(std::string_view id, std::string_view tenant) override;
  [[nodiscard]] bool alive(const Session& session) const override;
  Answer<bool> destroy(std::string_view id, std::string_view tenant,
                       SessionEnd why = SessionEnd::kLogout) override;
  std::size_t destroy_if(const std::function<bool(const Session&)>& doomed,
                         SessionEnd why) override;
  using SessionStore::sweep;
  std::size_t sweep(const std::unordered_set<std::uint64_t>& in_use) override;
  void on_end(EndCallback callback) override;
  void set_limits(SessionLimits limits) override;
  [[nodiscard]] std::size_t size() const noexcept override {
    return count_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const QuotaCounts& replaced() const noexcept override { return replaced_; }

 private:
  struct Entry {
    SessionPtr session;
    Owner owner;
    SteadyTime created;
    std::atomic<std::int64_t> seen_ns;  // time of last use
    [[nodiscard]] std::int64_t used() const noexcept {
      return seen_ns.load(std::memory_order_relaxed);
    }
  };
  using EntryPtr = std::shared_ptr<Entry>;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, EntryPtr>
        entries;  // by the first 64 bits of the id, which are random
  };
  static constexpr std::size_t kShards = 16;

  [[nodiscard]] bool expired(const Entry& entry, SteadyTime now) const noexcept;
  void insert(const EntryPtr& entry);
  void finish(const std::vector<EntryPtr>& ended, SessionEnd why);

  const Clock& clock_;
  std::atomic<std::int64_t> idle_ns_;
  std::atomic<std::int64_t> max_ns_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> next_serial_{1};
  std::vector<EndCallback> callbacks_;
  QuotaCounts replaced_;

  std::mutex owners_mutex_;  // lock before a shard's mutex
  OwnerLimits limits_;
  OwnerQuotas<EntryPtr> owners_;

  std::array<Shard, kShards> shards_;
};

}  // namespace portcullis::bff
