// Input: a seed byte for the chunking, then a stream.
//
// Properties: no crash or out-of-bounds read; chunking changes nothing; the output matches a
// literal implementation of the standard.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "exact_copy.hpp"
#include "portcullis/event_stream.hpp"
#include "portcullis/utf8.hpp"

namespace {

using portcullis::EventStreamParser;
using portcullis::ExactCopy;
using portcullis::StreamEvent;

void require(bool holds) {
  if (!holds) std::abort();
}

void note(std::string& transcript, std::string_view type, std::string_view data,
          std::string_view id) {
  for (const std::string_view part : {type, data, id}) {
    transcript += std::to_string(part.size()) + ":";
    transcript += part;
  }
}

/// WHATWG HTML, sections 9.2.5 and 9.2.6, step by step: decode all, split into lines, process.
class Reference {
 public:
  explicit Reference(std::string_view stream) {
    if (stream.substr(0, 3) == "\xEF\xBB\xBF") stream.remove_prefix(3);
    std::string text;
    portcullis::utf8::append_lossy(stream, text);
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\r' && text[i] != '\n') {
        line += text[i];
        continue;
      }
      if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      read_line(line);
      line.clear();
    }
    finish();
  }
  std::string transcript;

 private:
  void read_line(const std::string& line) {
    if (line.empty()) return dispatch();
    const std::size_t colon = line.find(':');
    if (colon == 0) return;
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
    if (!value.empty() && value[0] == ' ') value.erase(0, 1);
    const std::string field = line.substr(0, colon);
    if (field == "event") type_ = value;
    if (field == "data") data_ += value + '\n';
    if (field == "id" && value.find('\0') == std::string::npos) id_buffer_ = value;
    if (field == "retry") read_retry(value);
  }

  void read_retry(const std::string& value) {
    if (value.empty() || value.find_first_not_of("0123456789") != std::string::npos) return;
    retry_ = value.substr(std::min(value.find_first_not_of('0'), value.size() - 1));
    const std::string most = std::to_string(EventStreamParser::kMaxRetryMs);
    if (retry_.size() > most.size() || (retry_.size() == most.size() && retry_ > most)) {
      retry_ = most;
    }
  }

  void dispatch() {
    last_id_ = id_buffer_;
    if (!data_.empty()) {
      data_.pop_back();
      note(transcript, type_.empty() ? "message" : type_, data_, last_id_);
    }
    data_.clear();
    type_.clear();
  }

  void finish() { note(transcript, "end", retry_, last_id_); }

  std::string data_, type_, id_buffer_, last_id_, retry_ = "none";
};

/// `next` returns the size of each chunk.
template <typename Next>
std::string read(std::string_view stream, Next next) {
  EventStreamParser parser;
  std::string transcript;
  while (!stream.empty()) {
    const ExactCopy chunk(stream.substr(0, next()));
    stream.remove_prefix(chunk.view().size());
    const auto sink = [&](const StreamEvent& event) {
      require(portcullis::utf8::is_valid(event.type) && portcullis::utf8::is_valid(event.data) &&
              portcullis::utf8::is_valid(event.last_event_id));
      note(transcript, event.type, event.data, event.last_event_id);
    };
    require(parser.feed(chunk.view(), sink) == portcullis::Code::kAllowed);
  }
  const auto retry = parser.retry_ms();
  note(transcript, "end", retry ? std::to_string(*retry) : "none", parser.last_event_id());
  return transcript;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > portcullis::limits::kMaxEventBytes / 4) return 0;
  std::uint32_t state = data[0];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string expected = Reference(stream).transcript;
  require(read(stream, [&] { return stream.size(); }) == expected);
  require(read(stream, [] { return std::size_t{1}; }) == expected);
  require(read(stream, [&state] {
            state = state * 1664525 + 1013904223;
            return std::size_t{(state >> 24) % 13};  // includes empty chunks
          }) == expected);
  return 0;
}
