#include <array>
#include <cstdint>

#include "base64.hpp"
#include "console_ops.hpp"
#include "portcullis/event_stream.hpp"
#include "portcullis/integrity.hpp"

namespace portcullis::console {

namespace {

// RFC 4648, section 4: padded, no other characters.
bool decode_base64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xff);
    }
  }
  return true;
}

}  // namespace

Code sse_parse(const Request& request, json::Writer& answer) {
  const json::View chunks = request.root.find("chunks_b64");
  if (!chunks.is_array()) return Code::kConsoleBadArgument;
  EventStreamParser parser;
  answer.key("events").begin_array();
  const auto sink = [&answer](const StreamEvent& event) {
    answer.begin_object().key("type").string(event.type).key("data").string(event.data);
    answer.key("lastEventId").string(event.last_event_id).end_object();
  };
  for (const json::View chunk : chunks.children()) {
    if (!chunk.is_string()) return Code::kConsoleBadArgument;
    std::string bytes;
    if (!decode_base64(chunk.text(), bytes)) return Code::kEventStreamBadBase64;
    const Code code = parser.feed(bytes, sink);
    if (code != Code::kAllowed) return code;
  }
  answer.end_array().key("retry_ms");
  if (parser.retry_ms()) {
    answer.integer(static_cast<std::int64_t>(*parser.retry_ms()));
  } else {
    answer.null();
  }
  answer.key("last_event_id").string(parser.last_event_id());
  return Code::kAllowed;
}

Code integrity_parse(const Request& request, json::Writer& answer) {
  std::string_view value;
  if (!request.text("value", value)) return Code::kConsoleBadArgument;
  Integrity integrity;
  const Code code = parse_integrity(value, integrity);
  answer.key("ok").boolean(code == Code::kAllowed);
  if (code == Code::kAllowed) {
    answer.key("algorithm").string(kIntegrityAlgorithm).key("digest_hex").string(integrity.hex());
  } else {
    answer.key("algorithm").null().key("digest_hex").null().key("code").string(name(code));
  }
  return Code::kAllowed;
}

}  // namespace portcullis::console
