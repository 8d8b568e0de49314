// Event streams, parsed as the WHATWG HTML standard says (section 9.2.5 and 9.2.6).
//
// What it decides: which events a stream of bytes carries, its reconnection time and the last
// event id, however the bytes are cut into chunks. Bytes that are not UTF-8 become U+FFFD as the
// WHATWG decoder does; one leading byte order mark is dropped; lines end in CR, LF or CRLF.
// What it does not: no network, no timer, no reconnecting; an event that is not followed by an
// empty line is never dispatched.
//
// In which order to call it: `feed` for each chunk as it arrives; `reset_for_reconnect` before the
// first chunk of the next connection. Send `last_event_id()` when reconnecting, after
// `retry_ms()`, when there is one.
//
// Limits: a line of more than limits::kMaxEventBytes bytes (its end not counted), or an event whose
// data (each line counted with its end) and type come to more, is Code::kEventTooLarge. The parser
// then takes nothing more until it is reset; events before it were delivered. Where the stream is
// cut changes none of this.
// Memory: at most a few times the limit, whatever arrives.
//
// Cost: O(bytes); a line that lies in one chunk is read in place.
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

/// An event. The views hold until the sink returns.
struct StreamEvent {
  std::string_view type;  ///< "message" unless the stream says otherwise
  std::string_view data;
  std::string_view last_event_id;
  bool id_is_new;  ///< false: it is that of the event before (at first: the parser's own)
};

class EventStreamParser {
 public:
  /// A longer reconnection time is this one: the largest that JavaScript holds exactly.
  static constexpr std::uint64_t kMaxRetryMs = 9007199254740991;

  /// `last_event_id`: where an earlier stream ended, if there was one.
  explicit EventStreamParser(std::string_view last_event_id = {});

  /// Reads a chunk of any size and calls `sink(const StreamEvent&)` for each event that it
  /// completes. The sink must not call this parser, nor throw. Code::kAllowed, or
  /// Code::kEventTooLarge from then on.
  template <typename Sink>
  Code feed(std::string_view bytes, Sink&& sink) {
    using S = std::remove_reference_t<Sink>;
    return feed_raw(
        bytes, [](void* context, const StreamEvent& event) { (*static_cast<S*>(context))(event); },
        const_cast<void*>(static_cast<const void*>(&sink)));
  }

  /// The same through a plain function, for callers without templates.
  using RawSink = void (*)(void* context, const StreamEvent& event);
  Code feed_raw(std::string_view bytes, RawSink sink, void* context);

  /// The reconnection time that the stream asked for last, at most kMaxRetryMs.
  [[nodiscard]] std::optional<std::uint64_t> retry_ms() const noexcept { return retry_ms_; }

  /// The id to send as Last-Event-ID: that of the last block that an empty line ended.
  [[nodiscard]] std::string_view last_event_id() const noexcept { return last_event_id_.view(); }

  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Forgets the unfinished line and event, and a failure; keeps last_event_id() and retry_ms(). As
  /// in browsers, the next stream starts with that id: an event without one carries it on.
  void reset_for_reconnect();

 private:
  struct Output {
    RawSink sink;
    void* context;
  };

  /// A buffer of the standard's. What lies in the chunk as it is, is not copied until `keep`.
  struct Text {
    std::string_view in_chunk;  // where it is not `owned`
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
  bool at_start_ = true;  // no line was read yet: a byte order mark may lead
  bool skip_lf_ = false;  // the last chunk ended in CR: an LF that follows belongs to it
  bool has_data_ = false;
  bool id_changed_ = false;  // else that buffer is what last_event_id_ is
  bool id_is_new_ = false;   // no event was given with it yet
  bool failed_ = false;
};

}  // namespace portcullis
