#include "portcullis/subscriptions.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "portcullis/limits.hpp"
#include "small_sort.hpp"

namespace portcullis {
namespace {

/// A canonical target: path, '?', query.
constexpr std::size_t kMaxTargetBytes = limits::kMaxPathBytes + 1 + limits::kMaxQueryBytes;

/// Handles are never reused: a late call with an old one must find nothing.
bool next_handle(std::uint32_t& last) noexcept {
  if (last == std::numeric_limits<std::uint32_t>::max()) return false;
  ++last;
  return true;
}

template <typename T>
void remove_one(std::vector<T>& list, const T& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found != list.end()) list.erase(found);
}

}  // namespace

SubscriptionLedger::Plugin* SubscriptionLedger::find_plugin(PluginHandle plugin) {
  const auto found = plugins_.find(plugin);
  return found == plugins_.end() ? nullptr : &found->second;
}

PluginHandle SubscriptionLedger::open_plugin(std::string_view plugin_id) {
  if (plugin_id.empty()) return 0;
  const auto living = living_.find(plugin_id);
  if (living != living_.end()) return living->second;
  if (!next_handle(last_plugin_)) return 0;
  living_.emplace(plugin_id, last_plugin_);
  plugins_.emplace(last_plugin_, Plugin{std::string(plugin_id), {}, 0});
  return last_plugin_;
}

SubscriptionLedger::Released SubscriptionLedger::close_plugin(PluginHandle plugin) {
  Released released;
  Plugin* const holder = find_plugin(plugin);
  if (holder == nullptr) return released;
  for (const StreamId id : holder->streams) {
    const auto found = streams_.find(id);
    const Stream& stream = found->second;
    (stream.resolved ? released.open_streams : released.pending_streams).push_back(id);
    for (const SubscriptionId subscription : stream.subscribers) {
      released.subscriptions.push_back(subscription);
      subscriptions_.erase(subscription);
    }
    streams_.erase(found);
  }
  small_sort(released.subscriptions.begin(), released.subscriptions.end(), std::less<>());
  living_.erase(holder->id);
  plugins_.erase(plugin);
  return released;
}

SubscriptionLedger::Opened SubscriptionLedger::open(PluginHandle plugin, std::string_view path) {
  Opened opened;
  Plugin* const holder = find_plugin(plugin);
  if (holder == nullptr) return opened;
  if (path.empty() || path.front() != '/') {
    opened.code = Code::kPathNotAbsolute;
    return opened;
  }
  if (path.size() > kMaxTargetBytes) {
    opened.code = Code::kPathTooLong;
    return opened;
  }
  opened.code = Code::kSubscriptionLimit;
  if (holder->subscriptions >= limits::kMaxSubscriptionsPerPlugin) return opened;

  // Only this plugin's streams are searched, which keeps plugins apart.
  const auto shared =
      std::find_if(holder->streams.begin(), holder->streams.end(),
                   [&](StreamId id) { return streams_.find(id)->second.path == path; });
  const bool first = shared == holder->streams.end();
  StreamId stream = first ? 0 : *shared;
  if (!next_handle(last_subscription_)) return opened;
  if (first) {
    if (!next_handle(last_stream_)) return opened;
    stream = last_stream_;
    streams_.emplace(stream, Stream{plugin, std::string(path), {}, false});
    holder->streams.push_back(stream);
  }
  streams_.find(stream)->second.subscribers.push_back(last_subscription_);
  subscriptions_.emplace(last_subscription_, stream);
  ++holder->subscriptions;
  return {Code::kAllowed, last_subscription_, stream, first};
}

SubscriptionLedger::Resolution SubscriptionLedger::resolve(StreamId stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return Resolution::kCloseAtOnce;
  found->second.resolved = true;
  return Resolution::kKeep;
}

SubscriptionLedger::Closed SubscriptionLedger::close(SubscriptionId subscription) {
  Closed closed;
  const auto found = subscriptions_.find(subscription);
  if (found == subscriptions_.end()) return closed;
  closed.known = true;
  closed.stream = found->second;
  subscriptions_.erase(found);
  Stream& stream = streams_.find(closed.stream)->second;
  remove_one(stream.subscribers, subscription);
  --find_plugin(stream.plugin)->subscriptions;
  if (stream.subscribers.empty()) {
    closed.must_close = true;
    closed.was_pending = !stream.resolved;
    drop_stream(closed.stream);
  }
  return closed;
}

std::vector<SubscriptionId> SubscriptionLedger::end_stream(StreamId stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return {};
  std::vector<SubscriptionId> ended = std::move(found->second.subscribers);
  for (const SubscriptionId subscription : ended) subscriptions_.erase(subscription);
  find_plugin(found->second.plugin)->subscriptions -= ended.size();
  drop_stream(stream);
  return ended;
}

void SubscriptionLedger::drop_stream(StreamId stream) {
  const auto found = streams_.find(stream);
  remove_one(find_plugin(found->second.plugin)->streams, stream);
  streams_.erase(found);
}

bool SubscriptionLedger::is_open(PluginHandle plugin) const {
  return plugins_.find(plugin) != plugins_.end();
}

std::string_view SubscriptionLedger::plugin_of(StreamId stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return {};
  return plugins_.find(found->second.plugin)->second.id;
}

std::string_view SubscriptionLedger::path_of(StreamId stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? std::string_view{} : std::string_view(found->second.path);
}

std::vector<SubscriptionId> SubscriptionLedger::subscribers(StreamId stream) const {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? std::vector<SubscriptionId>{} : found->second.subscribers;
}

std::size_t SubscriptionLedger::subscription_count(PluginHandle plugin) const {
  const auto found = plugins_.find(plugin);
  return found == plugins_.end() ? 0 : found->second.subscriptions;
}

}  // namespace portcullis
