// Everything that is open for longer than one answer, and the events that hosts listen to.
//
// (a) The registry: each live plugin stream (and request, where it pays) is registered with its
// tenant, session, plugin, version and topic, and with a function that closes it. Whoever takes
// something away (quarantine, reload, logout) calls close_plugin, close_session or close_if, and
// the functions run at once on the executors of the connections that they belong to.
//     Register first, then judge quarantine and session a last time, then serve. Judged the other
//     way
// round, a quarantine between the two would be missed.
//
// (b) Host events (`GET /api/plugins/events`): publish() turns an event into bytes once, and all
// subscribers share them. Subscribers are grouped by io_context ("lane"); one publish posts one
// handler to each lane, not one to each stream. It goes through them a slice at a time, so that
// other work of the thread gets its turns. A subscriber is a HostSink that is called with each
// event; one whose socket takes no more gets a queue instead. The queue is bounded; a reader who
// does not keep up is ended and counted. A ring of the latest events of each tenant answers
// Last-Event-ID. One timer to a lane tells the sinks of silence, so that they can send a heartbeat.
//
// (c) Quotas: a session, an account, an address and a tenant may have so many streams open, and an
// account so many calls. The next one of the same owner is refused. None is ended in its favour: a
// browser would open it again at once, and the two would take turns for ever.
//
// What it does not do: write to sockets, decide what may stay open.
//
// Threads: StreamHub is safe from any thread. A HostStream belongs to the thread of its executor,
// and so does a Registration: an io_context here is run by exactly one thread. Executors are posted
// to only while something of theirs is registered; destroy registrations and streams before, or by,
// destroying the io_context, and the hub after all of them.
// Complexity: add and remove O(1) under one of 16 locks; close_* linear in what is open; publish
// O(lanes) for the publisher, O(streams of the tenant) spread over the lanes.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "domain/owner_quotas.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

enum class StreamKind : std::uint8_t { kHostEvents, kPluginStream, kPluginRequest };
[[nodiscard]] std::string_view name(StreamKind kind) noexcept;

struct StreamInfo {
  StreamKind kind = StreamKind::kPluginStream;
  std::string tenant{};
  std::uint64_t session = 0;  ///< Session::serial
  std::string plugin_id{};    ///< empty: the host's own
  std::string version{};
  std::string topic{};      ///< canonical path
  bool sse = false;         ///< judged by permissions.sse, not by permissions.api
  std::string method{};     ///< for permissions.api
  std::string served_by{};  ///< the upstream or fixture of the route; empty: the server itself
  std::string account{};    ///< unique within the tenant; empty: none, and no quota
  std::string address{};    ///< site_of() the client; empty: no quota
};

/// How many an owner may have open. 0: no limit. For kPluginRequest only `account` counts, and
/// counts those alone.
struct StreamQuotas {
  std::size_t session = 0;
  std::size_t account = 0;
  std::size_t address = 0;
  std::size_t tenant = 0;
};

/// Why the stream has to go: PLUGIN_QUARANTINED, PLUGIN_DISABLED, TOPIC_NOT_ALLOWED,
/// SESSION_REQUIRED, OVERLOADED (too slow), ...
using CloseFunction = std::function<void(Code)>;

/// An event as it goes over the wire; shared by all who get it.
class WireEvent {
 public:
  WireEvent(std::uint64_t id, std::string_view event, std::string_view data);
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] std::string_view event() const noexcept {
    return std::string_view(bytes_).substr(event_offset_, event_size_);
  }
  /// "id: 1\nevent: evict\ndata: {...}\n\n"
  [[nodiscard]] std::string_view text() const noexcept {
    return std::string_view(bytes_).substr(text_offset_, text_size_);
  }
  /// The same as one chunk of Transfer-Encoding: chunked.
  [[nodiscard]] std::string_view chunk() const noexcept { return bytes_; }

 private:
  std::uint64_t id_;
  std::string bytes_;
  std::size_t event_offset_;
  std::size_t event_size_;
  std::size_t text_offset_;
  std::size_t text_size_;
};
using WireEventPtr = std::shared_ptr<const WireEvent>;

class StreamHub;

/// One open entry of the registry. Leaves it when destroyed; its function is not called afterwards.
class Registration {
 public:
  Registration() = default;
  Registration(Registration&& other) noexcept;
  Registration& operator=(Registration&& other) noexcept;
  ~Registration();
  void reset() noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return entry_ != nullptr; }

 private:
  friend class StreamHub;
  struct Entry;
  Registration(StreamHub* hub, std::shared_ptr<Entry> entry) noexcept;
  StreamHub* hub_ = nullptr;
  std::shared_ptr<Entry> entry_;
};

/// A receiver of host events. Called on the thread of the stream's executor, in the middle of a
/// delivery to many: it must not create or destroy streams (but may post what does).
class HostSink {
 public:
  virtual ~HostSink() = default;
  /// Takes the event. False: it takes no further one; they are queued until it listens again.
  virtual bool on_event(const WireEvent& event) = 0;
  /// Nothing was sent for StreamLimits::heartbeat. The same answer.
  virtual bool on_silence() = 0;
  /// An event comes soon: a hint to fetch what on_event() needs into the processor's cache. Step 0,
  /// then 1. Changes nothing.
  virtual void fetch_ahead(int) const noexcept {}
  /// The stream has ended, whether it was listening or not; what was queued is gone. Once.
  virtual void on_end(Code why) = 0;
};

/// A subscriber to host events. Create, use and destroy on the thread of its executor.
class HostStream {
 public:
  ~HostStream();
  HostStream(const HostStream&) = delete;
  HostStream& operator=(const HostStream&) = delete;

  struct Batch {
    std::vector<WireEventPtr> events;  ///< in order; may be empty
    std::optional<Code> ended;         ///< set: nothing more will come; stop
  };
  /// What is queued.
  [[nodiscard]] Batch take();

  /// From now on the sink is called. False, and nothing happens: there is something to take().
  [[nodiscard]] bool listen();

  /// Ends it from the reader's side, or because of `why`.
  void end(Code why);

  /// True when every event after the given Last-Event-ID is being replayed; false when there was
  /// none or some are gone: the caller's first event has to carry the whole state.
  [[nodiscard]] bool resumed() const noexcept { return resumed_; }
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  friend class StreamHub;
  struct Lane;
  struct Impl;
  HostStream() = default;
  bool resumed_ = false;
  std::uint64_t position_ = 0;
  std::unique_ptr<Impl> impl_;
};

struct StreamLimits {
  std::size_t queue_events = 256;               ///< of one host stream
  std::size_t queue_bytes = 256 * 1024;         ///< of one host stream
  std::size_t ring_events = 1024;               ///< of one tenant, kept for Last-Event-ID
  std::size_t ring_bytes = 1024 * 1024;         ///< of one tenant
  std::chrono::milliseconds heartbeat{15'000};  ///< of silence on a host stream
};

struct StreamStats {
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;     ///< given to a sink, or put into its queue
  std::uint64_t slow_dropped = 0;  ///< streams ended because they did not keep up
  std::uint64_t closed = 0;        ///< close functions called
};

class StreamHub {
 public:
  /// `first_id` is the id of the first event; main hands in milliseconds since 1970 times 1,000, so
  /// that ids go on increasing over a restart and an old Last-Event-ID is seen to be too old.
  explicit StreamHub(StreamLimits limits = {}, std::uint64_t first_id = 1);
  ~StreamHub();
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  // --- the registry

  /// Registers something open. `close` runs at most once, on `executor`, and never after the
  /// Registration is gone. Nullopt when one of the quotas is reached; `full` says which.
  [[nodiscard]] std::optional<Registration> add(StreamInfo info,
                                                boost::asio::any_io_executor executor,
                                                CloseFunction close,
                                                const StreamQuotas& quotas = {},
                                                Quota* full = nullptr);
  std::size_t close_session(std::uint64_t session, Code why);
  /// Without version: every version.
  std::size_t close_plugin(std::string_view tenant, std::string_view plugin_id,
                           std::optional<std::string_view> version, Code why);
  /// For reloads: `judge` gives the reason to close, or ALLOWED. Runs under a lock; keep it pure.
  std::size_t close_if(const std::function<Code(const StreamInfo&)>& judge);
  [[nodiscard]] std::size_t open_count() const noexcept { return open_.load(); }
  [[nodiscard]] std::size_t open_count(std::uint64_t session) const;
  /// Open plugin streams and host streams by kind.
  [[nodiscard]] std::size_t open_count(StreamKind kind) const noexcept;
  /// Sessions that have a plugin's or the page's own stream or call open: they are in use. A host's
  /// events do not count: every open page has those.
  [[nodiscard]] std::unordered_set<std::uint64_t> sessions_in_use() const;
  /// Streams and calls that were refused because a quota was reached.
  [[nodiscard]] const QuotaCounts& refused() const noexcept { return refused_; }

  // --- host events

  /// To every host stream of `tenant` (empty: of all tenants). `event` has no line breaks; `data`
  /// may have any. Returns the event's id.
  std::uint64_t publish(std::string_view tenant, std::string_view event, std::string_view data);

  /// Opens a host stream; registers it, too: `info` says whose it is (its kind is set here), with
  /// the plugin where one listens to a host's stream. Call on the thread of `executor`. Events are
  /// queued until it listen()s; `sink` outlives the stream. Nullptr at a quota. `only`
  /// events of this name are for it, a literal; empty: all.
  [[nodiscard]] std::unique_ptr<HostStream> subscribe(
      StreamInfo info, boost::asio::any_io_executor executor,
      std::optional<std::uint64_t> last_event_id, HostSink& sink, const StreamQuotas& quotas = {},
      std::string_view only = {}, Quota* full = nullptr);

  [[nodiscard]] StreamStats stats() const noexcept;

 private:
  friend class Registration;
  friend class HostStream;
  using Entry = Registration::Entry;
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<const Entry*, std::shared_ptr<Entry>> entries;
    std::unordered_map<std::uint64_t, std::size_t> per_session;
  };
  /// How many the owners of one kind have open, by owner.
  struct OwnerShard {
    std::mutex mutex;
    std::map<std::string, std::size_t> open;
  };
  [[nodiscard]] bool charge(const std::string& key, std::size_t limit);
  void discharge(const std::string& key) noexcept;
  [[nodiscard]] std::optional<Quota> charge_all(Entry& entry, const StreamQuotas& quotas);
  [[nodiscard]] Shard& shard(std::uint64_t session) noexcept;
  void remove(Entry& entry) noexcept;
  void post_close(const std::shared_ptr<Entry>& entry, Code why);
  void leave(HostStream::Impl& stream) noexcept;
  [[nodiscard]] static const std::string& tenant_of(const Registration& registration) noexcept;

  struct Ring {
    std::deque<WireEventPtr> events;
    std::size_t bytes = 0;
    std::uint64_t first;  // the oldest id of which nothing later was dropped
  };
  [[nodiscard]] std::uint64_t kept_from(const std::string& tenant) const;
  [[nodiscard]] std::vector<WireEventPtr> kept_after(const std::string& tenant,
                                                     std::uint64_t id) const;

  const StreamLimits limits_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> open_{0};
  std::array<std::atomic<std::size_t>, 3> open_by_kind_{};
  std::array<OwnerShard, kShards> owners_;
  QuotaCounts refused_;

  mutable std::mutex events_mutex_;  // ids, rings and lanes
  const std::uint64_t first_id_;
  std::uint64_t next_id_;
  std::map<std::string, Ring> rings_;  // by tenant; "": events for all
  std::unordered_map<const void*, std::shared_ptr<HostStream::Lane>> lanes_;  // by io_context

  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> slow_dropped_{0};
  std::atomic<std::uint64_t> closed_{0};
  std::atomic<std::uint64_t> delivered_{0};
};

}  // namespace portcullis::bff
