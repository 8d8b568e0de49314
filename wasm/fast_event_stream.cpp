// Event streams as fast calls: bytes go in through one buffer, finished events come back as texts.
//
// The texts of a call stand behind each other as UTF-8, so that JavaScript decodes them at once:
// for each event the type, the data, the last event id. The table has their three lengths, in
// UTF-16 units. A type of length 0 is "message"; an id of length 0xffffffff is not there: it is
// that of the event before (at first: of the call before).
#include <emscripten/emscripten.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "handle_table.hpp"
#include "portcullis/event_stream.hpp"
#include "state.hpp"

namespace portcullis::wasm {
namespace {

constexpr std::size_t kChunkBytes = 65536;
constexpr std::size_t kKeptTextBytes = 1048576;
constexpr std::size_t kMostEvents = kChunkBytes / 6 + 1;  // "data" and two line ends; one was begun
constexpr std::uint32_t kSameId = 0xffffffff;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

char chunk[kChunkBytes];
std::uint32_t lengths[3 * kMostEvents];
std::uint32_t* next_length;

/// The texts. A std::string's own functions are calls here, compiled for size.
struct Texts {
  std::unique_ptr<char[]> at;
  std::size_t size = 0;
  std::size_t capacity = 0;

  void clear() noexcept {
    size = 0;
    if (capacity <= kKeptTextBytes) return;
    at.reset();
    capacity = 0;
  }
  void grow(std::size_t needed) {
    const std::size_t bytes = std::max(needed, capacity * 2);
    std::unique_ptr<char[]> larger(new char[bytes]);
    if (size != 0) std::memcpy(larger.get(), at.get(), size);
    at = std::move(larger);
    capacity = bytes;
  }
} texts;

HandleTable<EventStreamParser>& streams() {
  static HandleTable<EventStreamParser> table;
  return table;
}

/// How much the bytes of a word of valid UTF-8 count for less than one UTF-16 unit each: those of
/// 10xxxxxx for none, those of 11110xxx for two.
std::size_t fewer_units(std::uint64_t word) noexcept {
  const std::uint64_t lead = word << 1;
  const std::uint64_t four = lead & (word << 2) & (word << 3);
  return static_cast<std::size_t>(std::popcount(word & ~lead & kHighBits) -
                                  std::popcount(word & four & kHighBits));
}

void append(std::string_view text) {
  const std::size_t size = text.size();
  if (texts.capacity - texts.size < size) texts.grow(texts.size + size);
  char* const to = texts.at.get() + texts.size;
  const char* const from = text.data();
  std::size_t units = size;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, from + i, sizeof word);
    std::memcpy(to + i, &word, sizeof word);
    if ((word & kHighBits) != 0) units -= fewer_units(word);
  }
  for (; i < size; ++i) {
    to[i] = from[i];
    const auto byte = static_cast<unsigned char>(from[i]);
    if (byte > 0x7f) units -= fewer_units(byte);
  }
  texts.size += size;
  *next_length++ = static_cast<std::uint32_t>(units);
}

void append_event(const StreamEvent& event) {
  append(event.type == "message" ? std::string_view{} : event.type);
  append(event.data);
  if (event.id_is_new) {
    append(event.last_event_id);
  } else {
    *next_length++ = kSameId;
  }
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
  return pcw::streams().add(
      std::make_unique<pc::EventStreamParser>(pcw::scratch_text(0, id_bytes)));
}
EMSCRIPTEN_KEEPALIVE void pc_stream_free(int handle) { pcw::streams().remove(handle); }

/// Reads `length` bytes of the chunk buffer. How many events they complete: the texts stand at
/// pc_texts(), the table at pc_lengths(). The complement of that number where an event was too
/// large.
EMSCRIPTEN_KEEPALIVE int pc_stream_feed(int handle, std::uint32_t length) {
  pcw::texts.clear();
  pcw::next_length = pcw::lengths;
  pc::EventStreamParser* stream = pcw::streams().find(handle);
  if (stream == nullptr || length > pcw::kChunkBytes) return -1;
  const pc::Code code = stream->feed(std::string_view{pcw::chunk, length},
                                     [](const pc::StreamEvent& e) { pcw::append_event(e); });
  const auto events = static_cast<int>((pcw::next_length - pcw::lengths) / 3);
  return code == pc::Code::kAllowed ? events : ~events;
}
EMSCRIPTEN_KEEPALIVE const std::uint32_t* pc_lengths() { return pcw::lengths; }
EMSCRIPTEN_KEEPALIVE const char* pc_texts() { return pcw::texts.at.get(); }
EMSCRIPTEN_KEEPALIVE std::uint32_t pc_texts_bytes() {
  return static_cast<std::uint32_t>(pcw::texts.size);
}

/// -1: the stream asked for none.
EMSCRIPTEN_KEEPALIVE double pc_stream_retry(int handle) {
  const pc::EventStreamParser* stream = pcw::streams().find(handle);
  if (stream == nullptr || !stream->retry_ms()) return -1;
  return static_cast<double>(*stream->retry_ms());
}

/// Puts the id to reconnect with where the texts stand.
EMSCRIPTEN_KEEPALIVE void pc_stream_last_id(int handle) {
  pcw::texts.clear();
  pcw::next_length = pcw::lengths;
  const pc::EventStreamParser* stream = pcw::streams().find(handle);
  if (stream != nullptr) pcw::append(stream->last_event_id());
}

EMSCRIPTEN_KEEPALIVE void pc_stream_reset(int handle) {
  if (pc::EventStreamParser* stream = pcw::streams().find(handle)) stream->reset_for_reconnect();
}

}  // extern "C"
