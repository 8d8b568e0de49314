// The kill switch: the quarantined plugins, by tenant, plugin id and optionally version.
//
// A change takes effect before set() or clear() waits for the journal, and survives a restart
// (quarantine_journal.hpp). If the journal fails, the change holds in memory, is reported as not
// durable and is retried by sweep(). A journal that cannot be read prevents the start: an empty
// list instead would let quarantined plugins run.
//
// A tenant's own plugins, in the version that runs, can always be quarantined. Unknown plugins and
// versions have a quota per tenant; a full list refuses more of them, because evicting an entry
// would release something that an operator stopped.
//
// It does not decide admission (enforce/admission), publish events or close streams (listeners do).
// Each process answers blocks() from its own memory, so the kill switch works without a shared
// store; a journal shared by processes must report the others' steps.
//
// An entry expires when both its instant on the system clock and, while this process lives, the
// same duration on the steady clock have passed. A clock jump can only lengthen a quarantine.
//
// Call open() once, then on_change() and know() before sharing; the rest is thread-safe. Call
// sweep() about once a second. set(), clear() and sweep() block on the journal: use offload().
// find() costs two hash look-ups under a shared lock, or one atomic load if nothing is quarantined.
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

/// A change of the list.
struct QuarantineChange {
  enum Kind { kSet, kLifted, kExpired } kind;
  QuarantineEntry entry;
  bool still_blocked;  ///< lifted or expired, but another entry still covers all versions
};

/// Entries per tenant for plugins that it does not have or versions that do not run.
inline constexpr std::size_t kMaxUnknownQuarantines = 1'000;
/// Maximum bytes of a reason or actor; longer texts are cut at a character boundary.
inline constexpr std::size_t kMaxQuarantineTextBytes = 1024;

/// The quarantine list of the process.
class Quarantine {
 public:
  using Listener = std::function<void(const QuarantineChange&)>;

  /// Creates the list from the journal. Returns the journal's error, one sentence, if it fails.
  [[nodiscard]] static std::variant<std::unique_ptr<Quarantine>, std::string> open(
      std::unique_ptr<QuarantineJournal> journal, const Clock& clock);

  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// The entry in force that covers this version of the plugin. An entry without version covers all
  /// versions; only those cover an empty `version`.
  [[nodiscard]] std::optional<QuarantineEntry> find(std::string_view tenant,
                                                    std::string_view plugin_id,
                                                    std::string_view version) const;
  /// Like find(), without a copy: for the hot path.
  [[nodiscard]] bool blocks(std::string_view tenant, std::string_view plugin_id,
                            std::string_view version) const;

  /// The result of a change.
  struct Result {
    bool full = false;     ///< set(): too many unknown entries; nothing was quarantined
    bool changed = false;  ///< set(): in force; clear(): an entry existed
    bool durable =
        true;           ///< false: in force, but a restart would forget it (QUARANTINE_NOT_DURABLE)
    std::string error;  ///< why it is not durable
  };
  /// Adds an entry, or replaces the one with the same tenant, id and version (same_version). Sets
  /// `since`.
  Result set(QuarantineEntry entry, QuarantineEntry* stored = nullptr);
  /// Lifts the entry of this version, or all entries of the plugin if no version is given.
  Result clear(std::string_view tenant, std::string_view plugin_id,
               std::optional<std::string_view> version = std::nullopt);

  /// A tenant's entries in force, ordered by plugin id, then version.
  [[nodiscard]] std::vector<QuarantineEntry> list(std::string_view tenant) const;
  /// All tenants' entries in force.
  [[nodiscard]] std::vector<QuarantineEntry> list_all() const;

  /// Removes expired entries, notifies the listeners and retries a failed journal write. Returns
  /// the number of expired entries.
  std::size_t sweep();

  /// Whether the tenant has an entry's plugin, in the version that runs.
  using Known = std::function<bool(const QuarantineEntry&)>;
  /// Sets the check; without it nothing is known. Call it before sharing.
  void know(Known known);

  /// Adds a listener, called after each change without a lock that find() needs. Call it before
  /// sharing.
  void on_change(Listener listener);

  /// False while the journal lacks changes that memory has.
  [[nodiscard]] bool durable() const noexcept { return durable_.load(); }
  /// Number of entries.
  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  /// Entries refused because the tenant's list was full of unknown ones.
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

  std::mutex write_mutex_;  // serialises changes: memory, journal and listeners see one order
  const std::unique_ptr<QuarantineJournal> journal_;
  mutable std::shared_mutex mutex_;  // guards tenants_
  std::map<std::string, Plugins, std::less<>> tenants_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> durable_{true};
};

}  // namespace portcullis::bff
