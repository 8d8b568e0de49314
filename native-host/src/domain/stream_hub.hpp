// The registry of open streams, and the distribution of host events.
//
// Registry. Each plugin stream (and long request) is registered with its owner, topic and close
// function. Quarantine, reload and logout call close_plugin(), close_session() or close_if(), which
// run the close functions on their connections' executors. Register first, then check quarantine
// and session a last time, then serve: in another order, a quarantine in between would be missed.
//
// Host events (`GET /api/plugins/events`). publish() serialises an event once, and all subscribers
// share the bytes. Subscribers are grouped by io_context ("lane"); publish() posts one handler per
// lane, which delivers in slices so that other work of the thread proceeds. A subscriber whose
// socket is full gets a bounded queue; one that does not keep up is ended and counted. A ring of
// recent events per tenant serves Last-Event-ID. One timer per lane triggers heartbeats.
//
// Quotas limit open streams per session, account, address and tenant, and running calls per
// account. A stream over a quota is refused. None is ended in its favour: a browser would reopen
// that at once, and the two would alternate forever.
//
// It does not write to sockets and does not decide which streams may stay open.
//
// Threads: StreamHub is thread-safe. A HostStream and a Registration belong to the thread of their
// executor; each io_context is run by exactly one thread. Executors are used only while something
// of theirs is registered: destroy registrations and streams before, or by, destroying the
// io_context, and the hub last.
// Complexity: add and remove O(1) under one of 16 locks; close_* linear in the open streams;
// publish O(lanes) for the publisher, O(streams of the tenant) spread over the lanes.
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

/// The kind of an open entry.
enum class StreamKind : std::uint8_t { kHostEvents, kPluginStream, kPluginRequest };
/// The metric label of a kind.
[[nodiscard]] std::string_view name(StreamKind kind) noexcept;

/// Describes an open stream or call.
struct StreamInfo {
  StreamKind kind = StreamKind::kPluginStream;
  std::string tenant{};
  std::uint64_t session = 0;  ///< Session::serial
  std::string plugin_id{};    ///< empty: the host's own stream
  std::string version{};
  std::string topic{};      ///< canonical path
  bool sse = false;         ///< judged by permissions.sse instead of permissions.api
  std::string method{};     ///< for permissions.api
  std::string served_by{};  ///< the route's upstream or fixture; empty: the server itself
  std::string account{};    ///< unique within the tenant; empty: no account quota
  std::string address{};    ///< site_of() the client; empty: no quota
};

/// Maximum open entries per owner; 0: no limit. For kPluginRequest only `account` applies, and
/// counts requests only.
struct StreamQuotas {
  std::size_t session = 0;
  std::size_t account = 0;
  std::size_t address = 0;
  std::size_t tenant = 0;
};

/// Closes a stream for the given reason: PLUGIN_QUARANTINED, PLUGIN_DISABLED, TOPIC_NOT_ALLOWED,
/// SESSION_REQUIRED, OVERLOADED (too slow), ...
using CloseFunction = std::function<void(Code)>;

/// A serialised event, shared by all its receivers. Immutable.
class WireEvent {
 public:
  WireEvent(std::uint64_t id, std::string_view event, std::string_view data);
  /// The event id.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// The event name.
  [[nodiscard]] std::string_view event() const noexcept {
    return std::string_view(bytes_).substr(event_offset_, event_size_);
  }
  /// The wire form: "id: 1\nevent: evict\ndata: {...}\n\n"
  [[nodiscard]] std::string_view text() const noexcept {
    return std::string_view(bytes_).substr(text_offset_, text_size_);
  }
  /// The wire form as one chunk of Transfer-Encoding: chunked.
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

/// An open entry of the registry. Destruction removes it; its close function is not called
/// afterwards.
class Registration {
 public:
  Registration() = default;
  Registration(Registration&& other) noexcept;
  Registration& operator=(Registration&& other) noexcept;
  ~Registration();
  /// Removes the entry.
  void reset() noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return entry_ != nullptr; }

 private:
  friend class StreamHub;
  struct Entry;
  Registration(StreamHub* hub, std::shared_ptr<Entry> entry) noexcept;
  StreamHub* hub_ = nullptr;
  std::shared_ptr<Entry> entry_;
};

/// A receiver of host events. Called on the thread of the stream's executor, during a delivery to
/// many: it must not create or destroy streams, but may post work that does.
class HostSink {
 public:
  virtual ~HostSink() = default;
  /// Receives an event. Returns false to receive no more; events are then queued until listen().
  virtual bool on_event(const WireEvent& event) = 0;
  /// Nothing was sent for StreamLimits::heartbeat. Returns as on_event().
  virtual bool on_silence() = 0;
  /// A hint that an event follows soon: prefetches what on_event() needs into the CPU cache. Step
  /// 0, then 1. No other effect.
  virtual void fetch_ahead(int) const noexcept {}
  /// The stream has ended, whether it was listening or not; its queue is discarded. Called once.
  virtual void on_end(Code why) = 0;
};

/// A subscriber to host events. Create, use and destroy on the thread of its executor.
class HostStream {
 public:
  ~HostStream();
  HostStream(const HostStream&) = delete;
  HostStream& operator=(const HostStream&) = delete;

  /// Queued events.
  struct Batch {
    std::vector<WireEventPtr> events;  ///< in order; may be empty
    std::optional<Code> ended;         ///< set: no more events follow; stop
  };
  /// Takes the queued events.
  [[nodiscard]] Batch take();

  /// Starts calling the sink. Returns false, without effect, if events are queued: take() them
  /// first.
  [[nodiscard]] bool listen();

  /// Ends the stream, because the reader left or because of `why`.
  void end(Code why);

  /// True if all events after the given Last-Event-ID are replayed. False without one or if some
  /// are gone: the caller's first event must then contain the whole state.
  [[nodiscard]] bool resumed() const noexcept { return resumed_; }
  /// The id of the last event published before the subscription.
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

/// Limits of host streams.
struct StreamLimits {
  std::size_t queue_events = 256;               ///< per host stream
  std::size_t queue_bytes = 256 * 1024;         ///< per host stream
  std::size_t ring_events = 1024;               ///< per tenant, kept for Last-Event-ID
  std::size_t ring_bytes = 1024 * 1024;         ///< per tenant
  std::chrono::milliseconds heartbeat{15'000};  ///< silence on a host stream before a heartbeat
};

/// Counts since the start.
struct StreamStats {
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;     ///< passed to a sink or queued
  std::uint64_t slow_dropped = 0;  ///< streams ended because they were too slow
  std::uint64_t closed = 0;        ///< close functions called
};

/// The registry and event distribution of the process.
class StreamHub {
 public:
  /// `first_id`: the id of the first event. The server passes milliseconds since 1970 times 1,000,
  /// so that ids keep increasing over a restart and an old Last-Event-ID is recognised as too old.
  explicit StreamHub(StreamLimits limits = {}, std::uint64_t first_id = 1);
  ~StreamHub();
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  // --- the registry

  /// Registers an open stream or call. `close` runs at most once, on `executor`, and never after
  /// the Registration is gone. Returns nullopt if a quota is reached; `full` receives which.
  [[nodiscard]] std::optional<Registration> add(StreamInfo info,
                                                boost::asio::any_io_executor executor,
                                                CloseFunction close,
                                                const StreamQuotas& quotas = {},
                                                Quota* full = nullptr);
  /// Closes all entries of a session. Returns how many.
  std::size_t close_session(std::uint64_t session, Code why);
  /// Closes the entries of a plugin; without `version`, of every version. Returns how many.
  std::size_t close_plugin(std::string_view tenant, std::string_view plugin_id,
                           std::optional<std::string_view> version, Code why);
  /// For reloads: closes the entries for which `judge` returns a reason instead of ALLOWED. Returns
  /// how many. `judge` runs under a lock; keep it pure.
  std::size_t close_if(const std::function<Code(const StreamInfo&)>& judge);
  /// Number of open entries: all, of a session, or of a kind.
  [[nodiscard]] std::size_t open_count() const noexcept { return open_.load(); }
  [[nodiscard]] std::size_t open_count(std::uint64_t session) const;
  [[nodiscard]] std::size_t open_count(StreamKind kind) const noexcept;
  /// Sessions with an open stream or call of a plugin or of the page itself. Host event streams do
  /// not count, because every open page has one.
  [[nodiscard]] std::unordered_set<std::uint64_t> sessions_in_use() const;
  /// Streams and calls refused because of a quota.
  [[nodiscard]] const QuotaCounts& refused() const noexcept { return refused_; }

  // --- host events

  /// Sends an event to all host streams of `tenant` (empty: of all tenants). `event` must not
  /// contain line breaks; `data` may. Returns the event's id.
  std::uint64_t publish(std::string_view tenant, std::string_view event, std::string_view data);

  /// Opens and registers a host stream. `info` names its owner, and the plugin if one listens to a
  /// host stream; its kind is set here. Call it on the thread of `executor`. Events are queued
  /// until listen(). `sink` must outlive the stream. `only`: receive only events of this name (a
  /// string literal); empty: all. Returns nullptr if a quota is reached; `full` receives which.
  [[nodiscard]] std::unique_ptr<HostStream> subscribe(
      StreamInfo info, boost::asio::any_io_executor executor,
      std::optional<std::uint64_t> last_event_id, HostSink& sink, const StreamQuotas& quotas = {},
      std::string_view only = {}, Quota* full = nullptr);

  /// The counts since the start.
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
  /// Number of open entries by owner key.
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
    std::uint64_t first;  // all events of this tenant from this id on are kept
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

  mutable std::mutex events_mutex_;  // guards ids, rings and lanes
  const std::uint64_t first_id_;
  std::uint64_t next_id_;
  std::map<std::string, Ring> rings_;  // by tenant; "": events for all tenants
  std::unordered_map<const void*, std::shared_ptr<HostStream::Lane>> lanes_;  // by io_context

  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> slow_dropped_{0};
  std::atomic<std::uint64_t> closed_{0};
  std::atomic<std::uint64_t> delivered_{0};
};

}  // namespace portcullis::bff
