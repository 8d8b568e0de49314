// The kill switch: which plugins are quarantined, per tenant, plugin id and optionally version.
//
// A change is in force when set() or clear() begins to wait for the journal, whatever becomes of
// that, and is kept over a restart (quarantine_journal.hpp). When the journal fails, the change
// holds in memory, is reported as not durable, and is tried again by sweep(). A journal that cannot
// be read stops the start: an empty list in its place would let quarantined plugins run.
//
// A plugin that a tenant has, and the version that it runs, can always be quarantined. Unknown
// plugins and versions have a quota per tenant: a list that is full refuses more of them, since
// forgetting an old entry would let something run that an operator stopped.
//
// It does not judge (enforce/admission asks it), publish events or close streams (listeners do).
//
// Every process answers blocks() from its own memory, so that the kill switch works when a shared
// store does not. A journal that several processes share has to tell each of the others' steps.
//
// Expiry is an instant on the system clock, as the operator gave it, and, as long as this process
// lives, also the time until then on the steady clock: an entry ends when both have passed. A
// system clock that jumps, either way, makes a quarantine last longer, never shorter.
//
// Order of calls: open() once, on_change() and know() before sharing, then anything from any
// thread; sweep() every second or so. set(), clear() and sweep() block on the journal: call them
// through offload(). find() is two hash look-ups under a shared lock, and one atomic load when
// nothing is quarantined anywhere.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "domain/owner_quotas.hpp"
#include "domain/quarantine_entry.hpp"
#include "domain/quarantine_journal.hpp"

namespace portcullis::bff {

struct QuarantineChange {
  enum Kind { kSet, kLifted, kExpired } kind;
  QuarantineEntry entry;
  bool still_blocked;  ///< lifted or expired, but another entry still covers every version
};

/// Entries of a tenant for plugins that it does not have, or versions that do not run.
inline constexpr std::size_t kMaxUnknownQuarantines = 1'000;
/// Longer reasons and actors are cut, at a character's boundary.
inline constexpr std::size_t kMaxQuarantineTextBytes = 1024;

class Quarantine {
 public:
  using Listener = std::function<void(const QuarantineChange&)>;

  /// The list that the journal holds. The error is one sentence, the journal's.
  [[nodiscard]] static std::variant<std::unique_ptr<Quarantine>, std::string> open(
      std::unique_ptr<QuarantineJournal> journal, const Clock& clock);

  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// The entry that covers this version of the plugin now. An entry without version covers all; an
  /// empty `version` is covered by those only.
  [[nodiscard]] std::optional<QuarantineEntry> find(std::string_view tenant,
                                                    std::string_view plugin_id,
                                                    std::string_view version) const;
  /// The same without a copy: the hot path.
  [[nodiscard]] bool blocks(std::string_view tenant, std::string_view plugin_id,
                            std::string_view version) const;

  struct Result {
    bool full = false;     ///< set(): too many that nobody knows; nothing was quarantined
    bool changed = false;  ///< set(): in force; clear(): an entry was there
    bool durable =
        true;           ///< false: in force, but a restart would forget it (QUARANTINE_NOT_DURABLE)
    std::string error;  ///< why it is not durable
  };
  /// Adds an entry or replaces the one of the same tenant, id and version (same_version). `since`
  /// is set here.
  Result set(QuarantineEntry entry, QuarantineEntry* stored = nullptr);
  /// Lifts the entry of this version; without version, every entry of the plugin.
  Result clear(std::string_view tenant, std::string_view plugin_id,
               std::optional<std::string_view> version = std::nullopt);

  /// The entries in force of a tenant, ordered by plugin id, then version.
  [[nodiscard]] std::vector<QuarantineEntry> list(std::string_view tenant) const;
  [[nodiscard]] std::vector<QuarantineEntry> list_all() const;

  /// Ends what has expired, tells the listeners, and writes the file again if the last write
  /// failed. Returns how many expired.
  std::size_t sweep();

  /// Says whether an entry's plugin is one of the tenant's, and its version the one that runs. Set
  /// before sharing; until then nothing is known.
  using Known = std::function<bool(const QuarantineEntry&)>;
  void know(Known known);

  /// Called after a change with no lock held that find() needs. Add listeners before sharing.
  void on_change(Listener listener);

  /// False while the journal holds less than memory does.
  [[nodiscard]] bool durable() const noexcept { return durable_.load(); }
  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  /// Entries that were refused because the tenant's list was full of unknown ones.
  [[nodiscard]] const QuotaCounts& refused() const noexcept { return refused_; }

 private:
  Quarantine(std::unique_ptr<QuarantineJournal> journal, const Clock& clock);

  using Plugins = std::map<std::string, std::vector<QuarantineEntry>, std::less<>>;
  [[nodiscard]] const std::vector<QuarantineEntry>* entries_of(std::string_view tenant,
                                                               std::string_view plugin_id) const;
  [[nodiscard]] const QuarantineEntry* covering(std::string_view tenant, std::string_view plugin_id,
                                                std::string_view version) const;
  [[nodiscard]] bool is_known(const QuarantineEntry& entry) const;
  [[nodiscard]] std::size_t unknown_of(std::string_view tenant) const;
  void collect(const Plugins& plugins, std::vector<QuarantineEntry>& out) const;
  static std::vector<QuarantineStep> steps_of(const std::vector<QuarantineChange>& changes);
  std::string persist(const std::vector<QuarantineStep>& steps);  // write_mutex_ held
  void tell(const std::vector<QuarantineChange>& changes);
  [[nodiscard]] bool blocks_all(const QuarantineEntry& like) const;
  struct Now {
    WallTime wall;
    SteadyTime steady;
  };
  [[nodiscard]] Now now() const noexcept { return {clock_.wall(), clock_.steady()}; }
  [[nodiscard]] static bool in_force(const QuarantineEntry& entry, Now now) noexcept {
    return !entry.expires_at || now.wall < *entry.expires_at || now.steady < entry.holds_until;
  }
  static void hold(QuarantineEntry& entry, Now now) noexcept;

  const Clock& clock_;
  Known known_;
  std::vector<Listener> listeners_;
  QuotaCounts refused_;

  std::mutex write_mutex_;  // one change at a time: memory, journal and listeners in one order
  const std::unique_ptr<QuarantineJournal> journal_;
  mutable std::shared_mutex mutex_;  // guards tenants_
  std::map<std::string, Plugins, std::less<>> tenants_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> durable_{true};
};

}  // namespace portcullis::bff
