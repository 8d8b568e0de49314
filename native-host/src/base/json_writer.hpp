// Appends JSON to a string, for logs and problem documents, where a DOM would cost more than the
// rest of the request. Texts are escaped and invalid UTF-8 becomes U+FFFD, so output stays one line
// of valid JSON whatever a client sends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Appends `text` as a quoted JSON string.
void append_json_string(std::string& out, std::string_view text);

/// Appends '/' and `token` as a segment of a JSON pointer (RFC 6901).
void append_pointer(std::string& out, std::string_view token);

/// Writes one flat object: `JsonObject o(out); o.text("a", x).number("b", 1); o.close();`
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_.push_back('{'); }

  /// Adds a string member.
  JsonObject& text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
    return *this;
  }
  /// The same, unless `value` is empty.
  JsonObject& text_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  /// Adds a number.
  JsonObject& number(std::string_view name, std::int64_t value) {
    key(name).append(std::to_string(value));
    return *this;
  }
  /// Adds `json`, which must be valid JSON.
  JsonObject& raw(std::string_view name, std::string_view json) {
    key(name).append(json);
    return *this;
  }
  /// Ends the object.
  void close() { out_.push_back('}'); }

 private:
  std::string& key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    out_.push_back('"');
    out_.append(name).append("\":");
    return out_;
  }
  std::string& out_;
  bool first_ = true;
};

}  // namespace portcullis::bff
