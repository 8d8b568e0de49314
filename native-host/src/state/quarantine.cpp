#include "state/quarantine.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "state/quarantine_file.hpp"

namespace portcullis::bff {
namespace {

std::string failed(const char* what, const std::filesystem::path& file, int error) {
  return std::string(what) + " " + file.string() + ": " + std::strerror(error);
}

void cut(std::string& text) {
  if (text.size() <= kMaxQuarantineTextBytes) return;
  std::size_t end = kMaxQuarantineTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
}

}  // namespace

std::string write_durably(const std::filesystem::path& file, std::string_view contents) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed("cannot create", temporary, errno);
  const auto give_up = [&](const char* what, int error) {
    ::close(fd);
    ::unlink(temporary.c_str());
    return failed(what, temporary, error);
  };
  std::string_view rest = contents;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return give_up("cannot write", errno);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return give_up("cannot sync", errno);
  // Some file systems report a failed write only here.
  if (::close(fd) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed("cannot close", temporary, error);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed("cannot replace", file, error);
  }
  // Until the folder is synced a crash may bring the old name back.
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd < 0) return failed("cannot open", folder, errno);
  const int synced = ::fsync(folder_fd);
  const int error = errno;
  ::close(folder_fd);
  return synced == 0 ? std::string() : failed("cannot sync", folder, error);
}

Quarantine::Quarantine(std::filesystem::path file, const Clock& clock, DurableWriter writer)
    : file_(std::move(file)), clock_(clock), writer_(std::move(writer)) {}

std::variant<std::unique_ptr<Quarantine>, std::string> Quarantine::open(std::filesystem::path file,
                                                                        const Clock& clock,
                                                                        DurableWriter writer) {
  std::unique_ptr<Quarantine> quarantine(new Quarantine(std::move(file), clock, std::move(writer)));
  std::string error = quarantine->load();
  if (!error.empty()) return error;
  return quarantine;
}

std::string Quarantine::load() {
  const int fd = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT) return {};
    return failed("cannot read the quarantine file", file_, errno);
  }
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(fd);
      return failed("cannot read the quarantine file", file_, error);
    }
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  auto parsed = parse_quarantine_file(text);
  if (const auto* problem = std::get_if<std::string>(&parsed)) {
    return "the quarantine file " + file_.string() + " is damaged: " + *problem +
           "; it was left as it is: repair it, or move it away to start with nothing quarantined";
  }
  for (QuarantineEntry& entry : std::get<std::vector<QuarantineEntry>>(parsed)) {
    const TenantPluginView key{entry.tenant, entry.plugin_id};
    auto found = entries_.find(key);
    if (found == entries_.end()) found = entries_.try_emplace(TenantPlugin(key)).first;
    hold(entry, now());
    found->second.push_back(std::move(entry));
    count_.fetch_add(1);
  }
  return {};
}

void Quarantine::hold(QuarantineEntry& entry, Now now) noexcept {
  constexpr std::chrono::hours kLongest{24 * 366 * 20};  // far from where the sum would overflow
  entry.holds_until = {};
  if (!entry.expires_at || *entry.expires_at <= now.wall) return;
  const bool far = *entry.expires_at > now.wall + kLongest;
  entry.holds_until = now.steady + (far ? kLongest : *entry.expires_at - now.wall);
}

const QuarantineEntry* Quarantine::covering(std::string_view tenant, std::string_view plugin_id,
                                            std::string_view version) const {
  const auto found = entries_.find(TenantPluginView{tenant, plugin_id});
  if (found == entries_.end()) return nullptr;
  const Now now = this->now();
  const QuarantineEntry* covers = nullptr;
  for (const QuarantineEntry& entry : found->second) {
    if (!in_force(entry, now)) continue;
    if (!entry.version) return &entry;  // the widest names the reason
    if (*entry.version == version) covers = &entry;
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

Quarantine::Result Quarantine::set(QuarantineEntry entry, QuarantineEntry* stored) {
  cut(entry.reason);
  cut(entry.actor);
  const Now at = now();
  entry.since = at.wall;
  hold(entry, at);
  const std::lock_guard write_lock(write_mutex_);
  {
    const std::unique_lock lock(mutex_);
    const TenantPluginView key{entry.tenant, entry.plugin_id};
    auto found = entries_.find(key);
    QuarantineEntry* same = nullptr;
    if (found != entries_.end()) {
      for (QuarantineEntry& other : found->second) {
        if (other.version == entry.version) same = &other;
      }
    }
    if (same != nullptr) {
      *same = entry;
    } else {
      if (count_.load() >= kMaxQuarantineEntries) {
        return {true, false, durable_.load(), "the quarantine list is full"};
      }
      if (found == entries_.end()) found = entries_.try_emplace(TenantPlugin(key)).first;
      found->second.push_back(entry);
      count_.fetch_add(1, std::memory_order_release);
    }
  }
  if (stored != nullptr) *stored = entry;
  // Streams are closed before the disk is waited for: the kill switch works at once.
  const bool effective = in_force(entry, at);
  if (effective) tell({{QuarantineChange::kSet, entry, true}});
  std::string error = persist();
  const bool durable = error.empty();
  return {false, true, durable, std::move(error)};
}

Quarantine::Result Quarantine::clear(std::string_view tenant, std::string_view plugin_id,
                                     std::optional<std::string_view> version) {
  const std::lock_guard write_lock(write_mutex_);
  std::vector<QuarantineChange> changes;
  {
    const std::unique_lock lock(mutex_);
    const auto found = entries_.find(TenantPluginView{tenant, plugin_id});
    if (found == entries_.end()) return {false, false, durable_.load(), {}};
    std::erase_if(found->second, [&](const QuarantineEntry& entry) {
      if (version && entry.version != *version) return false;
      changes.push_back({QuarantineChange::kLifted, entry, false});
      return true;
    });
    if (changes.empty()) return {false, false, durable_.load(), {}};
    for (QuarantineChange& change : changes) change.still_blocked = blocks_all(change.entry);
    if (found->second.empty()) entries_.erase(found);
    count_.fetch_sub(changes.size());
  }
  tell(changes);
  std::string error = persist();
  const bool durable = error.empty();
  return {false, true, durable, std::move(error)};
}

bool Quarantine::blocks_all(const QuarantineEntry& like) const {
  const auto found = entries_.find(TenantPluginView{like.tenant, like.plugin_id});
  if (found == entries_.end()) return false;
  const Now now = this->now();
  return std::any_of(found->second.begin(), found->second.end(), [&](const QuarantineEntry& entry) {
    return !entry.version && in_force(entry, now);
  });
}

std::vector<QuarantineEntry> Quarantine::list_all() const {
  std::vector<QuarantineEntry> all;
  const Now now = this->now();
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, list] : entries_) {
      for (const QuarantineEntry& entry : list) {
        if (in_force(entry, now)) all.push_back(entry);
      }
    }
  }
  std::sort(all.begin(), all.end(), [](const QuarantineEntry& a, const QuarantineEntry& b) {
    return std::tie(a.tenant, a.plugin_id, a.version) < std::tie(b.tenant, b.plugin_id, b.version);
  });
  return all;
}

std::vector<QuarantineEntry> Quarantine::list(std::string_view tenant) const {
  if (count_.load(std::memory_order_acquire) == 0) return {};
  std::vector<QuarantineEntry> all = list_all();
  std::erase_if(all, [&](const QuarantineEntry& entry) { return entry.tenant != tenant; });
  return all;
}

std::size_t Quarantine::sweep() {
  if (count_.load(std::memory_order_acquire) == 0 && durable_.load()) return 0;
  const std::lock_guard write_lock(write_mutex_);
  const Now now = this->now();
  std::vector<QuarantineChange> changes;
  {
    const std::unique_lock lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end();) {
      std::erase_if(at->second, [&](const QuarantineEntry& entry) {
        if (in_force(entry, now)) return false;
        changes.push_back({QuarantineChange::kExpired, entry, false});
        return true;
      });
      at = at->second.empty() ? entries_.erase(at) : std::next(at);
    }
    count_.fetch_sub(changes.size());
    for (QuarantineChange& change : changes) change.still_blocked = blocks_all(change.entry);
  }
  tell(changes);
  if (!changes.empty() || !durable_.load()) (void)persist();
  return changes.size();
}

void Quarantine::on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

void Quarantine::tell(const std::vector<QuarantineChange>& changes) {
  for (const QuarantineChange& change : changes) {
    for (const Listener& listener : listeners_) listener(change);
  }
}

std::string Quarantine::persist() {
  std::string error = writer_(file_, format_quarantine_file(list_all()));
  durable_.store(error.empty());
  return error;
}

}  // namespace portcullis::bff
