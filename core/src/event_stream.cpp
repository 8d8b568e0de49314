#include "portcullis/event_stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "portcullis/utf8.hpp"

namespace portcullis {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

struct LineEnd {
  const char* at;  // the first CR or LF, or the end of the chunk
  bool ascii;      // certainly no byte above 0x7f before it
};

/// Eight bytes at a time, for both line ends at once: a memchr for each is slower on the short
/// lines that streams consist of, and in WebAssembly, where it reads four.
LineEnd find_line_end(const char* at, const char* end) noexcept {
  std::uint64_t seen = 0;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      seen |= word;
      // The lowest bit set marks the first byte up to CR; those above it may be false.
      const std::uint64_t low = (word - kOnes * ('\r' + 1)) & ~word & kHighBits;
      if (low == 0) {
        at += 8;
        continue;
      }
      at += std::countr_zero(low) / 8;
      if (*at == '\n' || *at == '\r') return {at, (seen & kHighBits) == 0};
      ++at;  // a tab, or another control
    }
  }
  for (; at != end && *at != '\r' && *at != '\n'; ++at) seen |= static_cast<unsigned char>(*at);
  return {at, (seen & kHighBits) == 0};
}

/// Decoding field by field gives what decoding the stream gives: line ends, ':' and ' ' are ASCII,
/// and the decoder never takes an ASCII byte into a broken sequence.
void append_decoded(std::string_view value, bool ascii, std::string& out) {
  if (ascii) {
    out.append(value);
  } else {
    utf8::append_lossy(value, out);
  }
}

/// Whether the line is of this field, and its value. No field's name has a colon, so that "up to
/// the first colon" and "the name, then a colon or nothing" are the same.
bool is_field(std::string_view line, std::string_view name, std::string_view& value) noexcept {
  if (line.substr(0, name.size()) != name) return false;
  value = line.substr(name.size());
  if (value.empty()) return true;
  if (value.front() != ':') return false;
  value.remove_prefix(1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return true;
}

/// "If the field value consists of only ASCII digits". An empty value has none, and browsers (and
/// the web platform tests) ignore it.
std::optional<std::uint64_t> parse_retry(std::string_view value) noexcept {
  if (value.empty()) return std::nullopt;
  std::uint64_t retry = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    retry = std::min(retry * 10 + static_cast<std::uint64_t>(c - '0'),
                     EventStreamParser::kMaxRetryMs);  // never near 2^64: ten times this fits
  }
  return retry;
}

}  // namespace

EventStreamParser::EventStreamParser(std::string_view last_event_id)
    : last_event_id_(last_event_id) {}

Code EventStreamParser::feed_raw(std::string_view bytes, RawSink sink, void* context) {
  if (failed_) return Code::kEventTooLarge;
  if (bytes.empty()) return Code::kAllowed;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  if (skip_lf_) {
    skip_lf_ = false;
    if (*at == '\n') ++at;
  }
  const Output output{sink, context};
  while (at != end) {
    const auto [stop, ascii] = find_line_end(at, end);
    const std::string_view part(at, static_cast<std::size_t>(stop - at));
    failed_ = line_.size() + part.size() > limits::kMaxEventBytes;
    if (!failed_ && stop == end) {
      line_.append(part);
      break;
    }
    if (!failed_ && line_.empty()) {
      failed_ = !process_line(part, ascii, output);
    } else if (!failed_) {
      line_.append(part);
      failed_ = !process_line(line_, utf8::is_ascii(line_), output);
      line_.clear();
    }
    if (failed_) {
      forget_unfinished();
      return Code::kEventTooLarge;
    }
    at = stop + 1;
    if (*stop == '\r') {
      if (at == end) {
        skip_lf_ = true;  // the event, if this ended one, need not wait for the next chunk
      } else if (*at == '\n') {
        ++at;
      }
    }
  }
  return Code::kAllowed;
}

bool EventStreamParser::process_line(std::string_view line, bool ascii, const Output& output) {
  if (at_start_) {
    at_start_ = false;
    if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
      line.remove_prefix(kByteOrderMark.size());
    }
  }
  if (line.empty()) {
    dispatch(output);
    return true;
  }
  std::string_view value;
  switch (line.front()) {  // the fields differ in their first letter
    case 'd':
      return !is_field(line, "data", value) || append_data(value, ascii);
    case 'e':
      return !is_field(line, "event", value) || set_type(value, ascii);
    case 'i':
      if (is_field(line, "id", value)) set_id(value, ascii);
      return true;
    case 'r':
      if (is_field(line, "retry", value)) {
        if (const auto retry = parse_retry(value)) retry_ms_ = retry;
      }
      return true;
    default:
      return true;  // a comment, or: "Otherwise: the field is ignored."
  }
}

bool EventStreamParser::set_type(std::string_view value, bool ascii) {
  type_.clear();
  append_decoded(value, ascii, type_);
  return data_.size() + type_.size() <= limits::kMaxEventBytes;
}

void EventStreamParser::set_id(std::string_view value, bool ascii) {
  if (value.find('\0') != std::string_view::npos) return;
  id_buffer_.clear();
  append_decoded(value, ascii, id_buffer_);
  id_changed_ = true;
}

bool EventStreamParser::append_data(std::string_view value, bool ascii) {
  append_decoded(value, ascii, data_);
  data_.push_back('\n');
  return data_.size() + type_.size() <= limits::kMaxEventBytes;
}

void EventStreamParser::dispatch(const Output& output) {
  // "Set the last event ID string of the event source to the value of the last event ID buffer",
  // also where there is no data and so no event.
  if (id_changed_) {
    id_changed_ = false;
    last_event_id_.swap(id_buffer_);
  }
  if (!data_.empty()) {
    const std::string_view type = type_.empty() ? std::string_view("message") : type_;
    const std::string_view data(data_.data(), data_.size() - 1);  // without the last LF
    output.sink(output.context, StreamEvent{type, data, last_event_id_});
    data_.clear();
  }
  type_.clear();
}

void EventStreamParser::forget_unfinished() noexcept {
  // Swapped, not cleared: what overflowed gives its memory back.
  std::string().swap(line_);
  std::string().swap(data_);
  std::string().swap(type_);
}

void EventStreamParser::reset_for_reconnect() {
  forget_unfinished();
  id_changed_ = false;
  at_start_ = true;
  skip_lf_ = false;
  failed_ = false;
}

}  // namespace portcullis
