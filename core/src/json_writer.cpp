// The writer.
#include <algorithm>
#include <cstring>

#include "decimal.hpp"
#include "json.hpp"
#include "json_text.hpp"
#include "portcullis/utf8.hpp"

namespace portcullis::json {

void append_string(std::string& out, std::string_view text) {
  std::string repaired;
  if (!utf8::is_valid(text)) {
    utf8::append_lossy(text, repaired);
    text = repaired;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    switch (byte) {
      case '"':
      case '\\':
        out += static_cast<char>(byte);
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
  }
  out.append(text, copied, text.size() - copied);
  out += '"';
}

char* Writer::room(std::size_t bytes) {
  constexpr std::size_t kFirst = 240;
  if (out_.size() - used_ < bytes) out_.resize(std::max(kFirst, 2 * (used_ + bytes)));
  char* const at = out_.data() + used_;
  used_ += bytes;
  return at;
}

void Writer::put(char c) { *room(1) = c; }

void Writer::put(std::string_view text) {
  if (!text.empty()) std::memcpy(room(text.size()), text.data(), text.size());
}

void Writer::quoted(std::string_view text) {
  if (!text::is_plain(text)) {
    std::string escaped;
    append_string(escaped, text);
    return put(escaped);
  }
  char* const at = room(text.size() + 2);
  *at = '"';
  if (!text.empty()) std::memcpy(at + 1, text.data(), text.size());
  at[text.size() + 1] = '"';
}

std::string Writer::take() {
  out_.resize(used_);
  used_ = 0;
  return std::move(out_);
}

// A value ends in a quote, bracket, digit or letter; '{', '[' and ':' come last only where no
// separator is needed.
void Writer::separate() {
  if (used_ == 0) return;
  const char last = out_[used_ - 1];
  if (last != '{' && last != '[' && last != ':') put(',');
}

Writer& Writer::begin_object() {
  separate();
  put('{');
  return *this;
}

Writer& Writer::end_object() {
  put('}');
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  put('[');
  return *this;
}

Writer& Writer::end_array() {
  put(']');
  return *this;
}

Writer& Writer::key(std::string_view key) {
  separate();
  quoted(key);
  put(':');
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  quoted(text);
  return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }

Writer& Writer::integer(std::int64_t value) {
  std::string text(value < 0 ? "-" : "");
  const auto number = static_cast<std::uint64_t>(value);
  append_decimal(text, value < 0 ? 0 - number : number);
  return raw(text);
}

Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
  separate();
  put(json);
  return *this;
}

Writer& Writer::value(View view) {
  switch (view.kind()) {
    case Kind::kNull:
      return null();
    case Kind::kFalse:
    case Kind::kTrue:
      return boolean(view.boolean());
    case Kind::kNumber:
      return raw(view.text());
    case Kind::kString:
      return string(view.text());
    case Kind::kArray:
      begin_array();
      for (const View child : view.children()) value(child);
      return end_array();
    case Kind::kObject:
      begin_object();
      for (const View child : view.children()) key(child.key()).value(child);
      return end_object();
  }
  return *this;
}

std::string dump(View view) { return Writer().value(view).take(); }

}  // namespace portcullis::json
