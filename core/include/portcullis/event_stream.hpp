// Parser for event streams, as the WHATWG HTML standard defines them (sections 9.2.5 and 9.2.6).
//
// Decides which events a byte stream carries, its reconnection time and its last event id,
// independent of how it is split into chunks. Invalid UTF-8 becomes U+FFFD as in the WHATWG
// decoder; one leading byte order mark is dropped; lines end in CR, LF or CRLF; an event without a
// final empty line is never dispatched. No network, timers or reconnection.
//
// Call feed() per chunk and reset_for_reconnect() before the first chunk of the next connection;
// send last_event_id() when reconnecting after retry_ms(). Not thread-safe.
//
// Limits: a line over limits::kMaxEventBytes bytes (without its end), or an event whose data (each
// line with its end) and type exceed it, is kEventTooLarge; the parser then ignores all input until
// it is reset. Events before it were delivered. Memory: at most a few times the limit. O(bytes); a
// line within one chunk is read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "portcullis/codes.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {

/// An event. The views are valid until the sink returns.
struct StreamEvent {
  std::string_view type;  ///< "message" unless the stream says otherwise
  /// The data lines, joined by LF.
  std::string_view data;
  /// The id in force at this event; empty if there is none.
  std::string_view last_event_id;
  bool id_is_new;  ///< "message" unless the stream sets a type
};

/// An incremental parser of one event source.
class EventStreamParser {
 public:
  /// Longer reconnection times are clamped to this: the largest integer JavaScript holds exactly.
  static constexpr std::uint64_t kMaxRetryMs = 9007199254740991;

  /// `last_event_id`: where an earlier stream ended, if there was one.
  explicit EventStreamParser(std::string_view last_event_id = {});

  /// Parses a chunk of any size and calls `sink(const StreamEvent&)` for each event it completes.
  /// The sink must not call this parser or throw. Returns kAllowed, or kEventTooLarge from the
  /// first violation on.
  template <typename Sink>
  Code feed(std::string_view bytes, Sink&& sink) {
    using S = std::remove_reference_t<Sink>;
    return feed_raw(
        bytes, [](void* context, const StreamEvent& event) { (*static_cast<S*>(context))(event); },
        const_cast<void*>(static_cast<const void*>(&sink)));
  }

  /// The same with a plain function pointer.
  using RawSink = void (*)(void* context, const StreamEvent& event);
  Code feed_raw(std::string_view bytes, RawSink sink, void* context);

  /// The reconnection time last set by the stream, in milliseconds, at most kMaxRetryMs.
  [[nodiscard]] std::optional<std::uint64_t> retry_ms() const noexcept { return retry_ms_; }

  /// The id to send as Last-Event-ID: that of the last block ended by an empty line.
  [[nodiscard]] std::string_view last_event_id() const noexcept { return last_event_id_.view(); }

  /// Whether a limit was exceeded; cleared by reset_for_reconnect().
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Drops the unfinished line and event, and a failure; keeps last_event_id() and retry_ms(). As
  /// in browsers, events of the next stream without an id carry that id on.
  void reset_for_reconnect();

 private:
  struct Output {
    RawSink sink;
    void* context;
  };

  /// One of the standard's buffers. A value that lies unchanged in the chunk is not copied until
  /// keep().
  struct Text {
    std::string_view in_chunk;  // valid if not `owned`
    std::string own;
    bool owned = false;

    [[nodiscard]] std::string_view view() const noexcept { return owned ? own : in_chunk; }
    void set(std::string_view value, bool plain);
    void keep();
    void clear() noexcept;
  };

  Code read_chunk(std::string_view bytes, const Output& output);
  bool process_line(std::string_view line, bool plain, const Output& output);
  bool append_data(std::string_view value, bool plain);
  bool set_type(std::string_view value, bool plain);
  void set_id(std::string_view value, bool plain);
  [[nodiscard]] bool fits() const noexcept;
  void dispatch(const Output& output);
  void forget_unfinished() noexcept;

  std::string line_;    // the start of a line that earlier chunks left unfinished
  Text data_;           // the data buffer without its last LF, where has_data_
  Text type_;           // the event type buffer
  Text id_buffer_;      // the last event ID buffer, where id_changed_
  Text last_event_id_;  // the event source's last event ID string
  std::optional<std::uint64_t> retry_ms_;
  bool at_start_ = true;  // no line read yet: a byte order mark may follow
  bool skip_lf_ = false;  // the last chunk ended in CR: a following LF belongs to it
  bool has_data_ = false;
  bool id_changed_ = false;  // otherwise id_buffer_ equals last_event_id_
  bool id_is_new_ = false;   // no event has been dispatched with it yet
  bool failed_ = false;
};

}  // namespace portcullis
