// The ledger of event-stream subscriptions.
//
// Decides whether a plugin may hold another subscription, whether it shares an open stream of the
// same plugin and path or needs a new one, which streams to close when a subscription or plugin
// ends, and what to do with a stream that opens late. Access to the path is checked before open()
// (PluginPolicy). Opens and closes nothing itself; no clock. Not thread-safe.
//
// Usage:
//   1. open_plugin() when a plugin is loaded. The handle stands for this life of the plugin: it
//      stays closed after close_plugin(), and a reload gets a new one, so leftover code gets
//      nothing.
//   2. open() per subscription. If `must_connect` is set, start a stream and call resolve() once it
//      is open; kCloseAtOnce means that its last subscriber or the plugin is gone.
//   3. close() when a subscription ends, end_stream() when a stream has ended for good,
//      close_plugin() when the plugin is unloaded, evicted or has crashed. They name the streams to
//      close; pending ones are to be cancelled, and resolve() catches those that cannot be.
//
// Streams are shared within one plugin life, by the exact canonical target including query; never
// across plugins, because each stream carries one plugin's identity.
//
// Limits: limits::kMaxSubscriptionsPerPlugin per plugin life. Handles start at 1 and are never
// reused; 0 is invalid. Unknown handles hold nothing; unknown streams are to be closed. O(log n) to
// find a handle, otherwise O(subscriptions of the plugin).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "portcullis/codes.hpp"

namespace portcullis {

/// One life of a plugin.
using PluginHandle = std::uint32_t;
/// One subscription.
using SubscriptionId = std::uint32_t;
/// One stream to the server.
using StreamId = std::uint32_t;

/// The ledger.
class SubscriptionLedger {
 public:
  /// Result of open().
  struct Opened {
    Code code = Code::kSubscriptionPluginClosed;  ///< kAllowed, or why not
    SubscriptionId subscription = 0;
    StreamId stream = 0;
    bool must_connect = false;  ///< first of its path: start the stream
  };

  /// Result of close().
  struct Closed {
    bool known = false;        ///< false: already closed, or never existed
    StreamId stream = 0;       ///< the stream it was subscribed to
    bool must_close = false;   ///< last of its path: close the stream
    bool was_pending = false;  ///< the stream had not opened yet
  };

  /// What to do with a stream that has opened.
  enum class Resolution : std::uint8_t { kKeep, kCloseAtOnce };

  /// Everything a closed plugin held; each list ascending.
  struct Released {
    std::vector<SubscriptionId> subscriptions;
    std::vector<StreamId> open_streams;     ///< to close
    std::vector<StreamId> pending_streams;  ///< to cancel, or to close when they open late
  };

  /// Starts a life of the plugin, or returns the handle of the current one. 0 if the id is empty or
  /// the handles are exhausted.
  PluginHandle open_plugin(std::string_view plugin_id);

  /// Ends a life and releases all it held; its handle becomes invalid.
  Released close_plugin(PluginHandle plugin);

  /// Subscribes. Code: kAllowed, kSubscriptionPluginClosed, kSubscriptionLimit, kPathNotAbsolute
  /// (also for an empty path), kPathTooLong.
  Opened open(PluginHandle plugin, std::string_view path);

  /// Call when a stream of open() has opened.
  [[nodiscard]] Resolution resolve(StreamId stream);

  /// Ends a subscription. Closing twice is harmless.
  Closed close(SubscriptionId subscription);

  /// Drops a stream that ended for good; returns its subscriptions, which end too.
  std::vector<SubscriptionId> end_stream(StreamId stream);

  /// Whether the plugin life is current.
  [[nodiscard]] bool is_open(PluginHandle plugin) const;
  /// The plugin the stream belongs to; empty if unknown. Valid until the next change.
  [[nodiscard]] std::string_view plugin_of(StreamId stream) const;
  /// The path the stream was opened for; empty if unknown. Valid until the next change.
  [[nodiscard]] std::string_view path_of(StreamId stream) const;
  /// The stream's subscribers, ascending.
  [[nodiscard]] std::vector<SubscriptionId> subscribers(StreamId stream) const;
  /// Subscriptions of one plugin life.
  [[nodiscard]] std::size_t subscription_count(PluginHandle plugin) const;
  /// Subscriptions in all.
  [[nodiscard]] std::size_t subscription_count() const noexcept { return subscriptions_.size(); }
  /// Streams in all, pending ones included.
  [[nodiscard]] std::size_t stream_count() const noexcept { return streams_.size(); }

 private:
  struct Plugin {
    std::string id;
    std::vector<StreamId> streams;
    std::size_t subscriptions = 0;
  };
  struct Stream {
    PluginHandle plugin = 0;
    std::string path;
    std::vector<SubscriptionId> subscribers;
    bool resolved = false;
  };

  Plugin* find_plugin(PluginHandle plugin);
  void drop_stream(StreamId stream);

  std::map<PluginHandle, Plugin> plugins_;
  std::map<std::string, PluginHandle, std::less<>> living_;  // by plugin id
  std::map<StreamId, Stream> streams_;
  std::map<SubscriptionId, StreamId> subscriptions_;
  PluginHandle last_plugin_ = 0;
  StreamId last_stream_ = 0;
  SubscriptionId last_subscription_ = 0;
};

}  // namespace portcullis
