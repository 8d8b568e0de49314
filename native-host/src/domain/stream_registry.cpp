// StreamHub: the registry, and closing.
#include <boost/asio/post.hpp>
#include <utility>

#include "base/keyed_hash.hpp"
#include "domain/stream_entry.hpp"
#include "domain/stream_hub.hpp"

namespace portcullis::bff {

std::string_view name(StreamKind kind) noexcept {
  switch (kind) {
    case StreamKind::kHostEvents:
      return "host_events";
    case StreamKind::kPluginStream:
      return "plugin_stream";
    case StreamKind::kPluginRequest:
      return "plugin_request";
  }
  return "unknown";
}

Registration::Registration(StreamHub* hub, std::shared_ptr<Entry> entry) noexcept
    : hub_(hub), entry_(std::move(entry)) {}

Registration::Registration(Registration&& other) noexcept
    : hub_(std::exchange(other.hub_, nullptr)), entry_(std::move(other.entry_)) {}

Registration& Registration::operator=(Registration&& other) noexcept {
  if (this != &other) {
    reset();
    hub_ = std::exchange(other.hub_, nullptr);
    entry_ = std::move(other.entry_);
  }
  return *this;
}

Registration::~Registration() { reset(); }

void Registration::reset() noexcept {
  if (!entry_) return;
  entry_->open = false;  // a close that is already posted checks this
  hub_->remove(*entry_);
  entry_.reset();
  hub_ = nullptr;
}

StreamHub::Shard& StreamHub::shard(std::uint64_t session) noexcept {
  return shards_[session % kShards];
}

bool StreamHub::charge(const std::string& key, std::size_t limit) {
  OwnerShard& place = owners_[KeyedHash{}(key) % kShards];
  const std::lock_guard lock(place.mutex);
  std::size_t& open = place.open[key];
  if (open >= limit) return false;
  ++open;
  return true;
}

void StreamHub::discharge(const std::string& key) noexcept {
  OwnerShard& place = owners_[KeyedHash{}(key) % kShards];
  const std::lock_guard lock(place.mutex);
  const auto found = place.open.find(key);
  if (found != place.open.end() && --found->second == 0) place.open.erase(found);
}

/// Counts the entry for its owners, or returns the quota that is reached and counts it for none.
std::optional<Quota> StreamHub::charge_all(Entry& entry, const StreamQuotas& quotas) {
  const StreamInfo& info = entry.info;
  const bool call = info.kind == StreamKind::kPluginRequest;
  const auto take = [&](std::string key, std::size_t limit) {
    if (!charge(key, limit)) return false;
    entry.charged.push_back(std::move(key));
    return true;
  };
  std::optional<Quota> full;
  if (quotas.account != 0 && !info.account.empty() &&
      !take((call ? "c" : "a") + info.tenant + "\n" + info.account, quotas.account)) {
    full = Quota::kAccount;
  } else if (!call && quotas.address != 0 && !info.address.empty() &&
             !take("i" + info.tenant + "\n" + info.address, quotas.address)) {
    full = Quota::kAddress;
  } else if (!call && quotas.tenant != 0 && !take("t" + info.tenant, quotas.tenant)) {
    full = Quota::kTenant;
  }
  if (!full) return std::nullopt;
  for (const std::string& key : entry.charged) discharge(key);
  entry.charged.clear();
  return full;
}

std::optional<Registration> StreamHub::add(StreamInfo info, boost::asio::any_io_executor executor,
                                           CloseFunction close, const StreamQuotas& quotas,
                                           Quota* full) {
  auto entry = std::make_shared<Entry>();
  entry->info = std::move(info);
  entry->executor = std::move(executor);
  entry->close = std::move(close);
  const bool counts = entry->info.kind != StreamKind::kPluginRequest;
  std::optional<Quota> reached = charge_all(*entry, quotas);
  if (!reached) {
    Shard& place = shard(entry->info.session);
    const std::lock_guard lock(place.mutex);
    if (counts) {
      std::size_t& open = place.per_session[entry->info.session];
      if (quotas.session != 0 && open >= quotas.session) {
        reached = Quota::kSession;
      } else {
        ++open;
      }
    }
    if (!reached) place.entries.emplace(entry.get(), entry);
  }
  if (reached) {
    for (const std::string& key : entry->charged) discharge(key);
    refused_.add(*reached);
    if (full != nullptr) *full = *reached;
    return std::nullopt;
  }
  open_.fetch_add(1);
  open_by_kind_[static_cast<std::size_t>(entry->info.kind)].fetch_add(1);
  return Registration(this, std::move(entry));
}

void StreamHub::remove(Entry& entry) noexcept {
  {
    Shard& place = shard(entry.info.session);
    const std::lock_guard lock(place.mutex);
    place.entries.erase(&entry);
    if (entry.info.kind != StreamKind::kPluginRequest) {
      const auto counted = place.per_session.find(entry.info.session);
      if (counted != place.per_session.end() && --counted->second == 0) {
        place.per_session.erase(counted);
      }
    }
  }
  for (const std::string& key : entry.charged) discharge(key);
  open_.fetch_sub(1);
  open_by_kind_[static_cast<std::size_t>(entry.info.kind)].fetch_sub(1);
}

std::unordered_set<std::uint64_t> StreamHub::sessions_in_use() const {
  std::unordered_set<std::uint64_t> out;
  for (const Shard& place : shards_) {
    const std::lock_guard lock(place.mutex);
    for (const auto& [key, entry] : place.entries) {
      const StreamInfo& info = entry->info;
      if (info.session != 0 && info.kind != StreamKind::kHostEvents) out.insert(info.session);
    }
  }
  return out;
}

void StreamHub::post_close(const std::shared_ptr<Entry>& entry, Code why) {
  if (entry->closing) return;
  entry->closing = true;
  closed_.fetch_add(1);
  // Posted while the shard is locked: the entry's owner, and so its io_context, still exists.
  boost::asio::post(entry->executor, [entry, why] {
    if (entry->open && entry->close) entry->close(why);
  });
}

std::size_t StreamHub::close_if(const std::function<Code(const StreamInfo&)>& judge) {
  std::size_t count = 0;
  for (Shard& place : shards_) {
    const std::lock_guard lock(place.mutex);
    for (const auto& [key, entry] : place.entries) {
      const Code why = judge(entry->info);
      if (why == Code::kAllowed) continue;
      post_close(entry, why);
      ++count;
    }
  }
  return count;
}

std::size_t StreamHub::close_session(std::uint64_t session, Code why) {
  std::size_t count = 0;
  Shard& place = shard(session);
  const std::lock_guard lock(place.mutex);
  for (const auto& [key, entry] : place.entries) {
    if (entry->info.session != session) continue;
    post_close(entry, why);
    ++count;
  }
  return count;
}

std::size_t StreamHub::close_plugin(std::string_view tenant, std::string_view plugin_id,
                                    std::optional<std::string_view> version, Code why) {
  return close_if([&](const StreamInfo& info) {
    const bool hit = info.plugin_id == plugin_id && info.tenant == tenant &&
                     (!version || info.version == *version);
    return hit ? why : Code::kAllowed;
  });
}

std::size_t StreamHub::open_count(std::uint64_t session) const {
  const Shard& place = shards_[session % kShards];
  const std::lock_guard lock(place.mutex);
  const auto counted = place.per_session.find(session);
  return counted == place.per_session.end() ? 0 : counted->second;
}

std::size_t StreamHub::open_count(StreamKind kind) const noexcept {
  return open_by_kind_[static_cast<std::size_t>(kind)].load();
}

}  // namespace portcullis::bff
