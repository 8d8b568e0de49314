// The wire format of event streams: WHATWG HTML, section 9.2.5 (parsing an event stream).

#include <charconv>
#include <utility>

#include "lab/fixture.hpp"

namespace portcullis::bff {
namespace {

constexpr std::string_view kNumber = "{{n}}";

std::string with_number(std::string_view text, std::uint64_t number) {
  std::string out;
  for (std::size_t at = text.find(kNumber); at != text.npos; at = text.find(kNumber)) {
    out += text.substr(0, at);
    out += std::to_string(number);
    text.remove_prefix(at + kNumber.size());
  }
  out += text;
  return out;
}

/// The number in an id made from this pattern, or 0.
std::uint64_t number_in(std::string_view pattern, std::string_view id) {
  const std::size_t at = pattern.find(kNumber);
  if (at == pattern.npos || id.size() <= at) return 0;
  std::uint64_t number = 0;
  const auto [last, error] = std::from_chars(id.data() + at, id.data() + id.size(), number);
  if (error != std::errc{} || with_number(pattern, number) != id) return 0;
  return number;
}

/// The number of the event with this id, or 0.
std::uint64_t event_with_id(const StreamScript& script, std::string_view id) {
  for (std::size_t i = 0; i < script.events.size(); ++i) {
    const std::string& pattern = script.events[i].id;
    if (pattern.empty()) continue;
    if (pattern == id) return i + 1;
    const std::uint64_t number = number_in(pattern, id);
    const bool in_script = script.repeat || number <= script.events.size();
    if (number > 0 && in_script && (number - 1) % script.events.size() == i) return number;
  }
  return 0;
}

/// Appends one field per line of the value: a CR or LF must not start another field.
void append_field(std::string_view name, std::string_view value, std::string& out) {
  while (true) {
    const std::size_t end = value.find_first_of("\r\n");
    out += name;
    out += value.substr(0, end);
    out += '\n';
    if (end == value.npos) return;
    const bool pair = value[end] == '\r' && end + 1 < value.size() && value[end + 1] == '\n';
    value.remove_prefix(end + (pair ? 2 : 1));
  }
}

}  // namespace

StreamCursor::StreamCursor(std::shared_ptr<const StreamScript> script,
                           std::string_view last_event_id)
    : script_(std::move(script)) {
  if (!last_event_id.empty()) number_ = event_with_id(*script_, last_event_id) + 1;
}

std::optional<StreamCursor::Step> StreamCursor::next() {
  Step step;
  if (!opened_) {
    opened_ = true;
    if (script_->retry.count() > 0) {
      step.bytes = "retry: " + std::to_string(script_->retry.count()) + "\n\n";
      return step;
    }
  }
  const std::size_t count = script_->events.size();
  if (count == 0 || (number_ > count && !script_->repeat)) return std::nullopt;
  const StreamScript::Event& event = script_->events[(number_ - 1) % count];
  step.delay = event.delay;
  if (!event.comment.empty()) append_field(": ", event.comment, step.bytes);
  if (!event.event.empty()) append_field("event: ", event.event, step.bytes);
  if (!event.id.empty()) append_field("id: ", with_number(event.id, number_), step.bytes);
  if (event.has_data) append_field("data: ", with_number(event.data, number_), step.bytes);
  step.bytes += '\n';
  ++number_;
  return step;
}

}  // namespace portcullis::bff
