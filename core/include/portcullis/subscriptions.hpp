// The ledger of event-stream subscriptions: who holds what.
//
// What it decides: whether a plugin may hold one more subscription, whether it needs a stream of
// its own or shares one that the same plugin already has for the same path, which streams have to
// be closed when a subscription or a plugin goes, and what becomes of a stream that opens late.
// What it does not: whether the plugin may read the path (PluginPolicy does, before `open`), and it
// opens and closes nothing itself. No clock, no threads; the same calls give the same answers.
//
// In which order to call it:
//   1. `open_plugin` when a plugin is loaded. The handle is that one life of the plugin: after
//      `close_plugin` it stays closed, and loading the plugin again gives another handle, so that
//      code left over from the first life gets nothing from the second.
//   2. `open` for each subscription. Where `must_connect` is set the caller starts a stream, and
//      calls `resolve` when it is there. kCloseAtOnce means that nobody wants it any more: the
//      last subscriber, or the plugin, went while it was pending.
//   3. `close` for each subscription that ends, `end_stream` when a stream ended for good,
//      `close_plugin` when the plugin is unloaded, evicted or crashed. They name the streams that
//      the caller must now close. Those that are still pending are among them, to be cancelled;
//      one that cannot be cancelled is caught by `resolve`.
//
// Sharing: by plugin life and exact text of the path (the canonical target, query included); never
// across plugins, since each stream carries one plugin's identity.
//
// Limits: limits::kMaxSubscriptionsPerPlugin for each plugin life, shared streams or not.
// Handles count up from 1, are never used twice, and 0 is none. Fails closed: a handle that is not
// known holds nothing, and a stream that is not known is to be closed at once.
//
// Cost: O(log n) to find a handle, O(subscriptions of the plugin) for the rest.
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

using PluginHandle = std::uint32_t;
using SubscriptionId = std::uint32_t;
using StreamId = std::uint32_t;

class SubscriptionLedger {
 public:
  struct Opened {
    Code code = Code::kSubscriptionPluginClosed;  ///< kAllowed, or why there is no subscription
    SubscriptionId subscription = 0;
    StreamId stream = 0;
    bool must_connect = false;  ///< first of its path: the caller starts the stream
  };

  struct Closed {
    bool known = false;        ///< false: it was closed before, or never was
    StreamId stream = 0;       ///< what it was subscribed to
    bool must_close = false;   ///< last of its path: the caller closes the stream
    bool was_pending = false;  ///< and the stream had not opened yet
  };

  enum class Resolution : std::uint8_t { kKeep, kCloseAtOnce };

  /// What a closed plugin held, each list ascending.
  struct Released {
    std::vector<SubscriptionId> subscriptions;
    std::vector<StreamId> open_streams;     ///< to be closed
    std::vector<StreamId> pending_streams;  ///< to be cancelled, or closed when they open late
  };

  /// Starts a life of the plugin, or gives the handle of the one that it is living. 0 when the id
  /// is empty or all handles are used up.
  PluginHandle open_plugin(std::string_view plugin_id);

  /// Ends a life. Whatever the plugin held is released; its handle is dead.
  Released close_plugin(PluginHandle plugin);

  /// Subscribes. kSubscriptionPluginClosed, kSubscriptionLimit, kPathNotAbsolute (also for an empty
  /// path), kPathTooLong, or kAllowed.
  Opened open(PluginHandle plugin, std::string_view path);

  /// The stream of `open` is there.
  [[nodiscard]] Resolution resolve(StreamId stream);

  /// Ends a subscription. Closing twice is harmless.
  Closed close(SubscriptionId subscription);

  /// The stream ended and is not coming back: drops it, and its subscriptions, which are returned.
  std::vector<SubscriptionId> end_stream(StreamId stream);

  [[nodiscard]] bool is_open(PluginHandle plugin) const;
  /// Whose stream this is; empty when it is not known. The view holds until the next change.
  [[nodiscard]] std::string_view plugin_of(StreamId stream) const;
  /// The path that the stream was opened for; empty when it is not known.
  [[nodiscard]] std::string_view path_of(StreamId stream) const;
  /// Whom to hand the stream's events, ascending.
  [[nodiscard]] std::vector<SubscriptionId> subscribers(StreamId stream) const;
  [[nodiscard]] std::size_t subscription_count(PluginHandle plugin) const;
  [[nodiscard]] std::size_t subscription_count() const noexcept { return subscriptions_.size(); }
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
