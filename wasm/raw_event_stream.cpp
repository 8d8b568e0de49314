// Event streams as raw calls: bytes go in through one buffer, finished events come back as records.
//
// A record is three little-endian 32-bit lengths (type, data, last event id), the three texts
// behind each other, and zeros up to the next multiple of four. A type length of 0 is "message"; an
// id length of 0xffffffff is the id of the record before (at first: of the call before).
#include <emscripten/emscripten.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "handle_table.hpp"
#include "portcullis/event_stream.hpp"
#include "state.hpp"

namespace portcullis::wasm {
namespace {

constexpr std::size_t kChunkBytes = 65536;
constexpr std::size_t kKeptRecordBytes = 1048576;
constexpr std::uint32_t kSameId = 0xffffffff;

struct Stream {
  explicit Stream(std::string_view last_event_id) : parser(last_event_id), id(last_event_id) {}
  EventStreamParser parser;
  std::string id;  // of the last record
};

char chunk[kChunkBytes];
std::string records;

HandleTable<Stream>& streams() {
  static HandleTable<Stream> table;
  return table;
}

void append_length(std::uint32_t value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  records.append(bytes, sizeof value);
}

void append_record(Stream& stream, const StreamEvent& event) {
  const std::string_view type = event.type == "message" ? std::string_view{} : event.type;
  const bool same = event.last_event_id == stream.id;
  append_length(static_cast<std::uint32_t>(type.size()));
  append_length(static_cast<std::uint32_t>(event.data.size()));
  append_length(same ? kSameId : static_cast<std::uint32_t>(event.last_event_id.size()));
  records.append(type).append(event.data);
  if (!same) {
    records.append(event.last_event_id);
    stream.id = event.last_event_id;
  }
  records.append((4 - records.size() % 4) % 4, '\0');
}

}  // namespace
}  // namespace portcullis::wasm

namespace pc = portcullis;
namespace pcw = portcullis::wasm;

extern "C" {

EMSCRIPTEN_KEEPALIVE char* pc_chunk() { return pcw::chunk; }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_chunk_bytes() { return pcw::kChunkBytes; }

/// The last event id to start with stands in the scratch buffer.
EMSCRIPTEN_KEEPALIVE int pc_stream_new(std::uint32_t id_bytes) {
  return pcw::streams().add(std::make_unique<pcw::Stream>(pcw::scratch_text(0, id_bytes)));
}
EMSCRIPTEN_KEEPALIVE void pc_stream_free(int handle) { pcw::streams().remove(handle); }

/// Reads `length` bytes of the chunk buffer. The code; the records stand at pc_records().
EMSCRIPTEN_KEEPALIVE int pc_stream_feed(int handle, std::uint32_t length) {
  pcw::records.clear();
  if (pcw::records.capacity() > pcw::kKeptRecordBytes) pcw::records.shrink_to_fit();
  pcw::Stream* stream = pcw::streams().find(handle);
  if (stream == nullptr || length > pcw::kChunkBytes) return -1;
  const pc::Code code =
      stream->parser.feed(std::string_view{pcw::chunk, length},
                          [stream](const pc::StreamEvent& e) { pcw::append_record(*stream, e); });
  return static_cast<int>(code);
}
EMSCRIPTEN_KEEPALIVE const char* pc_records() { return pcw::records.data(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_records_bytes() {
  return static_cast<std::uint32_t>(pcw::records.size());
}

/// -1: the stream asked for none.
EMSCRIPTEN_KEEPALIVE double pc_stream_retry(int handle) {
  const pcw::Stream* stream = pcw::streams().find(handle);
  if (stream == nullptr || !stream->parser.retry_ms()) return -1;
  return static_cast<double>(*stream->parser.retry_ms());
}

/// Puts the id to reconnect with where the records stand.
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_stream_last_id(int handle) {
  const pcw::Stream* stream = pcw::streams().find(handle);
  pcw::records.assign(stream == nullptr ? std::string_view{} : stream->parser.last_event_id());
  return static_cast<std::uint32_t>(pcw::records.size());
}

EMSCRIPTEN_KEEPALIVE void pc_stream_reset(int handle) {
  if (pcw::Stream* stream = pcw::streams().find(handle)) stream->parser.reset_for_reconnect();
}

}  // extern "C"
