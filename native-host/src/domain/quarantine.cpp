#include "domain/quarantine.hpp"

#include <algorithm>
#include <tuple>

namespace portcullis::bff {
namespace {

void cut(std::string& text) {
  if (text.size() <= kMaxQuarantineTextBytes) return;
  std::size_t end = kMaxQuarantineTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

bool before(const QuarantineEntry& a, const QuarantineEntry& b) {
  return std::tie(a.tenant, a.plugin_id, a.version) < std::tie(b.tenant, b.plugin_id, b.version);
}

}  // namespace

bool same_entry(const QuarantineEntry& a, const QuarantineEntry& b) {
  if (a.tenant != b.tenant || a.plugin_id != b.plugin_id) return false;
  return a.version ? b.version && same_version(*a.version, *b.version) : !b.version;
}

Quarantine::Quarantine(std::unique_ptr<QuarantineJournal> journal, const Clock& clock)
    : clock_(clock), journal_(std::move(journal)) {}

std::variant<std::unique_ptr<Quarantine>, std::string> Quarantine::open(
    std::unique_ptr<QuarantineJournal> journal, const Clock& clock) {
  std::unique_ptr<Quarantine> quarantine(new Quarantine(std::move(journal), clock));
  auto loaded = quarantine->journal_->load();
  if (auto* error = std::get_if<std::string>(&loaded)) return std::move(*error);
  const Now now = quarantine->now();
  for (QuarantineEntry& entry : std::get<std::vector<QuarantineEntry>>(loaded)) {
    hold(entry, now);
    quarantine->tenants_[entry.tenant][entry.plugin_id].push_back(std::move(entry));
    quarantine->count_.fetch_add(1);
  }
  return quarantine;
}

void Quarantine::hold(QuarantineEntry& entry, Now now) noexcept {
  constexpr std::chrono::hours kLongest{24 * 366 * 20};  // far below an overflow of the sum
  entry.holds_until = {};
  if (!entry.expires_at || *entry.expires_at <= now.wall) return;
  const bool far = *entry.expires_at > now.wall + kLongest;
  entry.holds_until = now.steady + (far ? kLongest : *entry.expires_at - now.wall);
}

const std::vector<QuarantineEntry>* Quarantine::entries_of(std::string_view tenant,
                                                           std::string_view plugin_id) const {
  const auto plugins = tenants_.find(tenant);
  if (plugins == tenants_.end()) return nullptr;
  const auto found = plugins->second.find(plugin_id);
  return found == plugins->second.end() ? nullptr : &found->second;
}

const QuarantineEntry* Quarantine::covering(std::string_view tenant, std::string_view plugin_id,
                                            std::string_view version) const {
  const auto* entries = entries_of(tenant, plugin_id);
  if (entries == nullptr) return nullptr;
  const Now now = this->now();
  const QuarantineEntry* covers = nullptr;
  for (const QuarantineEntry& entry : *entries) {
    if (!in_force(entry, now)) continue;
    if (!entry.version) return &entry;  // the widest entry determines the reason
    if (same_version(*entry.version, version)) covers = &entry;
  }
  return covers;
}

std::optional<QuarantineEntry> Quarantine::find(std::string_view tenant, std::string_view plugin_id,
                                                std::string_view version) const {
  if (count_.load(std::memory_order_acquire) == 0) return std::nullopt;
  const std::shared_lock lock(mutex_);
  const QuarantineEntry* entry = covering(tenant, plugin_id, version);
  if (entry == nullptr) return std::nullopt;
  return *entry;
}

bool Quarantine::blocks(std::string_view tenant, std::string_view plugin_id,
                        std::string_view version) const {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  const std::shared_lock lock(mutex_);
  return covering(tenant, plugin_id, version) != nullptr;
}

void Quarantine::know(Known known) { known_ = std::move(known); }

bool Quarantine::is_known(const QuarantineEntry& entry) const { return known_ && known_(entry); }

/// Requires mutex_.
std::size_t Quarantine::unknown_of(std::string_view tenant) const {
  const auto plugins = tenants_.find(tenant);
  if (plugins == tenants_.end()) return 0;
  std::size_t count = 0;
  for (const auto& [id, entries] : plugins->second) {
    count += static_cast<std::size_t>(
        std::count_if(entries.begin(), entries.end(),
                      [this](const QuarantineEntry& entry) { return !is_known(entry); }));
  }
  return count;
}

Quarantine::Result Quarantine::set(QuarantineEntry entry, QuarantineEntry* stored) {
  cut(entry.reason);
  cut(entry.actor);
  const Now at = now();
  entry.since = at.wall;
  hold(entry, at);
  const std::lock_guard write_lock(write_mutex_);
  {
    const std::unique_lock lock(mutex_);
    const auto* own = entries_of(entry.tenant, entry.plugin_id);
    const bool replaces =
        own != nullptr && std::any_of(own->begin(), own->end(), [&](const QuarantineEntry& other) {
          return same_entry(other, entry);
        });
    if (!replaces && !is_known(entry) && unknown_of(entry.tenant) >= kMaxUnknownQuarantines) {
      refused_.add(Quota::kTenant);
      return {true, false, durable_.load(), "the list of unknown plugins and versions is full"};
    }
    auto& entries = tenants_[entry.tenant][entry.plugin_id];
    std::erase_if(entries, [&](const QuarantineEntry& other) { return same_entry(other, entry); });
    entries.push_back(entry);
    if (!replaces) count_.fetch_add(1, std::memory_order_release);
  }
  if (stored != nullptr) *stored = entry;
  // Streams are closed before waiting for the journal: the kill switch works at once.
  const bool effective = in_force(entry, at);
  if (effective) tell({{QuarantineChange::kSet, entry, true}});
  std::string error = persist({{true, entry}});
  const bool durable = error.empty();
  return {false, true, durable, std::move(error)};
}

Quarantine::Result Quarantine::clear(std::string_view tenant, std::string_view plugin_id,
                                     std::optional<std::string_view> version) {
  const std::lock_guard write_lock(write_mutex_);
  std::vector<QuarantineChange> changes;
  {
    const std::unique_lock lock(mutex_);
    const auto plugins = tenants_.find(tenant);
    if (plugins == tenants_.end()) return {false, false, durable_.load(), {}};
    const auto found = plugins->second.find(plugin_id);
    if (found == plugins->second.end()) return {false, false, durable_.load(), {}};
    std::erase_if(found->second, [&](const QuarantineEntry& entry) {
      if (version && (!entry.version || !same_version(*entry.version, *version))) return false;
      changes.push_back({QuarantineChange::kLifted, entry, false});
      return true;
    });
    if (found->second.empty()) plugins->second.erase(found);
    if (plugins->second.empty()) tenants_.erase(plugins);
    count_.fetch_sub(changes.size());
    for (QuarantineChange& change : changes) change.still_blocked = blocks_all(change.entry);
  }
  if (changes.empty()) return {false, false, durable_.load(), {}};
  tell(changes);
  std::string error = persist(steps_of(changes));
  const bool durable = error.empty();
  return {false, true, durable, std::move(error)};
}

bool Quarantine::blocks_all(const QuarantineEntry& like) const {
  const auto* entries = entries_of(like.tenant, like.plugin_id);
  if (entries == nullptr) return false;
  const Now now = this->now();
  return std::any_of(entries->begin(), entries->end(), [&](const QuarantineEntry& entry) {
    return !entry.version && in_force(entry, now);
  });
}

void Quarantine::collect(const Plugins& plugins, std::vector<QuarantineEntry>& out) const {
  const Now now = this->now();
  for (const auto& [id, entries] : plugins) {
    for (const QuarantineEntry& entry : entries) {
      if (in_force(entry, now)) out.push_back(entry);
    }
  }
}

std::vector<QuarantineEntry> Quarantine::list_all() const {
  std::vector<QuarantineEntry> all;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [tenant, plugins] : tenants_) collect(plugins, all);
  }
  std::sort(all.begin(), all.end(), before);
  return all;
}

std::vector<QuarantineEntry> Quarantine::list(std::string_view tenant) const {
  if (count_.load(std::memory_order_acquire) == 0) return {};
  std::vector<QuarantineEntry> all;
  {
    const std::shared_lock lock(mutex_);
    const auto plugins = tenants_.find(tenant);
    if (plugins != tenants_.end()) collect(plugins->second, all);
  }
  std::sort(all.begin(), all.end(), before);
  return all;
}

std::size_t Quarantine::sweep() {
  if (count_.load(std::memory_order_acquire) == 0 && durable_.load()) return 0;
  const std::lock_guard write_lock(write_mutex_);
  const Now now = this->now();
  std::vector<QuarantineChange> changes;
  {
    const std::unique_lock lock(mutex_);
    for (auto& [tenant, plugins] : tenants_) {
      for (auto at = plugins.begin(); at != plugins.end();) {
        std::erase_if(at->second, [&](const QuarantineEntry& entry) {
          if (in_force(entry, now)) return false;
          changes.push_back({QuarantineChange::kExpired, entry, false});
          return true;
        });
        at = at->second.empty() ? plugins.erase(at) : std::next(at);
      }
    }
    std::erase_if(tenants_, [](const auto& item) { return item.second.empty(); });
    count_.fetch_sub(changes.size());
    for (QuarantineChange& change : changes) change.still_blocked = blocks_all(change.entry);
  }
  tell(changes);
  if (!changes.empty() || !durable_.load()) (void)persist(steps_of(changes));
  return changes.size();
}

void Quarantine::on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

void Quarantine::tell(const std::vector<QuarantineChange>& changes) {
  for (const QuarantineChange& change : changes) {
    for (const Listener& listener : listeners_) listener(change);
  }
}

std::vector<QuarantineStep> Quarantine::steps_of(const std::vector<QuarantineChange>& changes) {
  std::vector<QuarantineStep> steps;
  for (const QuarantineChange& change : changes) steps.push_back({false, change.entry});
  return steps;
}

std::string Quarantine::persist(const std::vector<QuarantineStep>& steps) {
  std::string error = journal_->record(steps, [this] { return list_all(); });
  durable_.store(error.empty());
  return error;
}

}  // namespace portcullis::bff
