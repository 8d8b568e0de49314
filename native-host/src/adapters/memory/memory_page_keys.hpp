// Page keys in memory: a restart ends all of them, and pages reload.
//
// Thread-safe. check() costs a look-up under a shared lock, a MAC and the key's lock; claim() the
// key's lock.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/keyed_hash.hpp"
#include "domain/page_keys.hpp"

namespace portcullis::bff {

/// The in-memory page key store.
class MemoryPageKeys final : public PageKeys {
 public:
  explicit MemoryPageKeys(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] Answer<NewPageKey> create(const Session& session) override;
  [[nodiscard]] Answer<std::optional<NewPageKey>> renew(const Session& session,
                                                        std::string_view id) override;
  [[nodiscard]] Answer<StampCheck> check(const Stamp& stamp, const Session& session,
                                         const StampedCall& call) override;
  [[nodiscard]] Answer<StampFault> claim(const StampCheck& checked) override;
  [[nodiscard]] Answer<bool> change(const Session& session, std::string_view id,
                                    std::string_view change, std::uint64_t step,
                                    std::string_view mac) override;
  void end_session(std::uint64_t serial) override;
  void end_plugin(TenantPluginView plugin) override;
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] const QuotaCounts& replaced() const noexcept override { return replaced_; }

 private:
  struct Key;
  using KeyPtr = std::shared_ptr<Key>;

  [[nodiscard]] NewPageKey make(const Session& session);
  [[nodiscard]] KeyPtr find(std::string_view id, const Session& session) const;
  [[nodiscard]] bool ended_for(const Key& key, TenantPluginView plugin) const;
  void erase(const KeyPtr& key);                              // requires mutex_
  void make_room(std::uint64_t session, const Owner& owner);  // requires mutex_

  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  KeyedMap<KeyPtr> keys_;
  std::unordered_map<std::uint64_t, std::vector<KeyPtr>> by_session_;
  std::uint64_t made_ = 0;  // keys made so far; numbers the keys

  OwnerQuotas<KeyPtr> owners_;
  QuotaCounts replaced_;

  struct Ended {
    std::uint64_t all = 0;  // keys up to this number are invalid for all plugins
    std::map<std::string, std::uint64_t, std::less<>> plugins;
  };
  std::atomic<bool> any_ended_{false};
  std::map<std::string, Ended, std::less<>> ended_;  // by tenant
};

}  // namespace portcullis::bff
