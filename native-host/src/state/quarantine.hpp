// The kill switch: which plugins are quarantined, per tenant, plugin id and optionally version.
//
// It is in force the moment set() returns, whatever the disk does; and it is kept over a restart:
// every change writes the whole list to a temporary file, fsyncs it, renames it over the old one
// and fsyncs the folder, so that after a crash the file is the old or the new list, never half of
// one. When that fails the change holds in memory, is reported as not durable, and is tried again
// by sweep(). A file that cannot be read or understood stops the start: an empty list in its place
// would silently let quarantined plugins run. The broken file is left as it is.
//
// What it does not do: judge (enforce/quarantine asks), publish events or close streams (listeners
// do).
//
// Expiry is an instant on the system clock, as the operator gave it, and as long as this process
// lives also the time until then, measured on the steady clock: it ends when both have passed. So a
// system clock that jumps, either way, makes a quarantine last longer, never shorter. After a
// restart only the instant is known.
//
// Order of calls: open() once, on_change() before sharing, then anything from any thread; sweep()
// every second or so. set() and clear() block on the disk: call them through offload().
// Complexity: find is two hash look-ups under a shared lock, and one atomic load when nothing is
// quarantined anywhere.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "state/clock.hpp"
#include "state/tenant_key.hpp"

namespace portcullis::bff {

struct QuarantineEntry {
  std::string tenant;
  std::string plugin_id;
  std::optional<std::string> version;  ///< none: every version
  std::string reason;
  std::string actor;
  WallTime since;
  std::optional<WallTime> expires_at;  ///< none: until it is lifted
  SteadyTime holds_until{};            ///< set by Quarantine: not before this either; not on disk
};

struct QuarantineChange {
  enum Kind { kSet, kLifted, kExpired } kind;
  QuarantineEntry entry;
  bool still_blocked;  ///< lifted or expired, but another entry still covers every version
};

/// More entries than any operator needs. A full list takes no new one, and says so.
inline constexpr std::size_t kMaxQuarantineEntries = 10'000;
/// Longer reasons and actors are cut, at a character's boundary.
inline constexpr std::size_t kMaxQuarantineTextBytes = 1024;

/// How the file is written. Exchanged in tests, to fail on purpose. Returns an empty string, or why
/// it failed.
using DurableWriter =
    std::function<std::string(const std::filesystem::path& file, std::string_view contents)>;
/// write temp + fsync + rename + fsync of the folder.
[[nodiscard]] std::string write_durably(const std::filesystem::path& file,
                                        std::string_view contents);

class Quarantine {
 public:
  using Listener = std::function<void(const QuarantineChange&)>;

  /// Loads `file` (its folder must exist; the file need not). The error is one sentence with the
  /// file's name.
  [[nodiscard]] static std::variant<std::unique_ptr<Quarantine>, std::string> open(
      std::filesystem::path file, const Clock& clock, DurableWriter writer = write_durably);

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
    bool full = false;     ///< set(): the list is full, nothing was quarantined
    bool changed = false;  ///< set(): in force; clear(): an entry was there
    bool durable =
        true;           ///< false: in force, but a restart would forget it (QUARANTINE_NOT_DURABLE)
    std::string error;  ///< why it is not durable
  };
  /// Adds an entry or replaces the one of the same tenant, id and version. `since` is set here.
  Result set(QuarantineEntry entry, QuarantineEntry* stored = nullptr);
  /// Lifts the entry of exactly this version; without version, every entry of the plugin.
  Result clear(std::string_view tenant, std::string_view plugin_id,
               std::optional<std::string_view> version = std::nullopt);

  /// The entries in force of a tenant, ordered by plugin id, then version.
  [[nodiscard]] std::vector<QuarantineEntry> list(std::string_view tenant) const;
  [[nodiscard]] std::vector<QuarantineEntry> list_all() const;

  /// Ends what has expired, tells the listeners, and writes the file again if the last write
  /// failed. Returns how many expired.
  std::size_t sweep();

  /// Called after a change with no lock held that find() needs. Add listeners before sharing.
  void on_change(Listener listener);

  /// False while the disk holds less than memory does.
  [[nodiscard]] bool durable() const noexcept { return durable_.load(); }
  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  Quarantine(std::filesystem::path file, const Clock& clock, DurableWriter writer);

  using Map = std::unordered_map<TenantPlugin, std::vector<QuarantineEntry>, TenantPluginHash,
                                 TenantPluginEqual>;
  [[nodiscard]] const QuarantineEntry* covering(std::string_view tenant, std::string_view plugin_id,
                                                std::string_view version) const;
  [[nodiscard]] std::string load();
  std::string persist();  // write_mutex_ held
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

  const std::filesystem::path file_;
  const Clock& clock_;
  const DurableWriter writer_;
  std::vector<Listener> listeners_;

  std::mutex write_mutex_;  // one change at a time: memory, disk and listeners in one order
  mutable std::shared_mutex mutex_;  // guards entries_
  Map entries_;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> durable_{true};
};

}  // namespace portcullis::bff
