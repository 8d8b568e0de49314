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
  bool ascii;      // there is certainly no byte above 0x7f before it
};

/// Searches for both line ends, eight bytes at a time. Two memchr calls are slower on the short
/// lines of streams, and in WebAssembly read four bytes at a time.
LineEnd find_line_end(const char* at, const char* end) noexcept {
  std::uint64_t seen = 0;
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      seen |= word;
      // The lowest set bit marks the first byte up to CR; higher bits may be false positives.
      const std::uint64_t low = (word - kOnes * ('\r' + 1)) & ~word & kHighBits;
      if (low == 0) {
        at += 8;
        continue;
      }
      at += std::countr_zero(low) / 8;
      if (*at == '\n' || *at == '\r') return {at, (seen & kHighBits) == 0};
      ++at;  // a tab or another control byte
    }
  }
  for (; at != end && *at != '\r' && *at != '\n'; ++at) seen |= static_cast<unsigned char>(*at);
  return {at, (seen & kHighBits) == 0};
}

/// Whether the line is this field (its first letter was already compared), and the value. Field
/// names contain no colon, so "up to the first colon" equals "the name, then a colon or nothing".
template <std::size_t Size>
bool is_field(std::string_view line, const char (&name)[Size], std::string_view& value) noexcept {
  constexpr std::size_t kLength = Size - 1;
  if (line.size() < kLength) return false;
  for (std::size_t i = 1; i < kLength; ++i) {
    if (line[i] != name[i]) return false;
  }
  value = line.substr(kLength);
  if (value.empty()) return true;
  if (value.front() != ':') return false;
  value.remove_prefix(1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  return true;
}

/// "If the field value consists of only ASCII digits". Browsers and the web platform tests ignore
/// an empty value.
std::optional<std::uint64_t> parse_retry(std::string_view value) noexcept {
  if (value.empty()) return std::nullopt;
  std::uint64_t retry = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    retry =
        std::min(retry * 10 + static_cast<std::uint64_t>(c - '0'),
                 EventStreamParser::kMaxRetryMs);  // never overflows: ten times kMaxRetryMs fits
  }
  return retry;
}

}  // namespace

/// `plain`: the value is ASCII and lies in the chunk. Decoding field by field equals decoding the
/// stream: line ends, ':' and ' ' are ASCII, and the decoder never consumes an ASCII byte as part
/// of an invalid sequence.
void EventStreamParser::Text::set(std::string_view value, bool plain) {
  owned = !plain;
  if (plain) {
    in_chunk = value;
  } else {
    own.clear();
    utf8::append_lossy(value, own);
  }
}

void EventStreamParser::Text::keep() {
  if (owned) return;
  own.assign(in_chunk);
  owned = true;
}

void EventStreamParser::Text::clear() noexcept {
  in_chunk = {};
  owned = false;
}

EventStreamParser::EventStreamParser(std::string_view last_event_id) {
  last_event_id_.in_chunk = last_event_id;
  last_event_id_.keep();
}

Code EventStreamParser::feed_raw(std::string_view bytes, RawSink sink, void* context) {
  if (failed_) return Code::kEventTooLarge;
  if (bytes.empty()) return Code::kAllowed;
  const Code code = read_chunk(bytes, {sink, context});
  for (Text* const text : {&data_, &type_, &id_buffer_, &last_event_id_}) text->keep();
  return code;
}

Code EventStreamParser::read_chunk(std::string_view bytes, const Output& output) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  if (skip_lf_) {
    skip_lf_ = false;
    if (*at == '\n') ++at;
  }
  std::size_t before = line_.size();
  while (at != end) {
    const auto [stop, ascii] = find_line_end(at, end);
    const std::string_view part(at, static_cast<std::size_t>(stop - at));
    failed_ = before + part.size() > limits::kMaxEventBytes;
    if (!failed_ && stop == end) {
      line_.append(part);
      break;
    }
    if (!failed_ && before == 0) {
      failed_ = !process_line(part, ascii, output);
    } else if (!failed_) {
      line_.append(part);
      failed_ = !process_line(line_, false, output);
      line_.clear();
      before = 0;
    }
    if (failed_) {
      forget_unfinished();
      return Code::kEventTooLarge;
    }
    at = stop + 1;
    if (*stop == '\r') {
      if (at == end) {
        skip_lf_ = true;  // do not delay an event until the next chunk
      } else if (*at == '\n') {
        ++at;
      }
    }
  }
  return Code::kAllowed;
}

bool EventStreamParser::process_line(std::string_view line, bool plain, const Output& output) {
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
      return !is_field(line, "data", value) || append_data(value, plain);
    case 'e':
      return !is_field(line, "event", value) || set_type(value, plain);
    case 'i':
      if (is_field(line, "id", value)) set_id(value, plain);
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

bool EventStreamParser::set_type(std::string_view value, bool plain) {
  type_.set(value, plain);
  return fits();
}

void EventStreamParser::set_id(std::string_view value, bool plain) {
  if (value.find('\0') != std::string_view::npos) return;
  id_buffer_.set(value, plain);
  id_changed_ = true;
}

bool EventStreamParser::append_data(std::string_view value, bool plain) {
  if (has_data_) {
    data_.keep();
    data_.own.push_back('\n');
    utf8::append_lossy(value, data_.own);
  } else {
    data_.set(value, plain);
    has_data_ = true;
  }
  return fits();
}

bool EventStreamParser::fits() const noexcept {
  const std::size_t data = has_data_ ? data_.view().size() + 1 : 0;
  return data + type_.view().size() <= limits::kMaxEventBytes;
}

void EventStreamParser::dispatch(const Output& output) {
  // "Set the last event ID string of the event source to the value of the last event ID buffer",
  // even if there is no data and so no event.
  if (id_changed_) {
    id_changed_ = false;
    id_is_new_ = true;
    if (id_buffer_.owned) last_event_id_.own.swap(id_buffer_.own);
    last_event_id_.in_chunk = id_buffer_.in_chunk;
    last_event_id_.owned = id_buffer_.owned;
  }
  if (has_data_) {
    const std::string_view type = type_.view();
    output.sink(output.context, StreamEvent{type.empty() ? "message" : type, data_.view(),
                                            last_event_id_.view(), id_is_new_});
    has_data_ = false;
    id_is_new_ = false;
  }
  data_.clear();
  type_.clear();
}

void EventStreamParser::forget_unfinished() noexcept {
  // Swapped, not cleared, to free the memory of what overflowed.
  for (std::string* const text : {&line_, &data_.own, &type_.own}) std::string().swap(*text);
  data_.clear();
  type_.clear();
  has_data_ = false;
}

void EventStreamParser::reset_for_reconnect() {
  forget_unfinished();
  id_changed_ = false;
  at_start_ = true;
  skip_lf_ = false;
  failed_ = false;
}

}  // namespace portcullis
