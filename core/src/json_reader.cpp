// The grammar: RFC 8259 sections 2 to 5.
#include "json_reader.hpp"

#include <cstring>

#include "filled.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::json {

// Reports the token at p_ where `expected` was required; an error within the token takes priority.
bool Reader::unexpected(std::string_view expected) {
  const char* const at = p_;
  std::string token;
  if (p_ == end_) {
    token = "end of input";
  } else if (*p_ != '\0' && std::strchr("[]{}:,", *p_) != nullptr) {
    token = {'\'', *p_, '\''};
  } else if (*p_ == '"') {
    std::uint32_t ignored = 0;
    if (!string(ignored, ignored)) return false;
    token = "string literal";
  } else if (*p_ == '-' || (*p_ >= '0' && *p_ <= '9')) {
    const char* p = p_;
    bool ignored = false;
    const text::Fault fault = text::skip_number(p, ignored);
    if (fault.reason != nullptr) return fail(fault);
    token = "number literal";
  } else {
    const std::string_view word = *p_ == 't' ? "true" : *p_ == 'f' ? "false" : "null";
    if (!skip_literal(word)) return false;
    token = filled("@ literal", {word});
  }
  return fail(at, filled("unexpected @; expected @", {token, expected}));
}

bool Reader::skip_literal(std::string_view word) {
  for (const char c : word) {
    if (*p_ != c) return fail(p_, "invalid literal");
    ++p_;
  }
  return true;
}

bool Reader::skip_byte_order_mark() {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (*p_ != kMark[0]) return true;
  for (const char c : kMark) {
    if (*p_ != c) return fail(p_, "invalid BOM; must be 0xEF 0xBB 0xBF if given");
    ++p_;
  }
  return true;
}

bool Reader::string(std::uint32_t& at, std::uint32_t& size) {
  char* p = p_ + 1;
  at = offset(p);
  char* const stop = text::skip_plain(p, end_);
  if (*stop == '"') {
    size = static_cast<std::uint32_t>(stop - p);
    p_ = stop + 1;
    return true;
  }
  std::size_t decoded = 0;
  const text::Fault fault = text::decode_string(p, end_, decoded);
  if (fault.reason != nullptr) return fail(fault);
  size = static_cast<std::uint32_t>(decoded);
  p_ = p;
  return true;
}

bool Reader::number() {
  constexpr std::ptrdiff_t kAlwaysFinite = 300;  // this many digits are always finite
  const char* p = p_;
  bool integer = false;
  const text::Fault fault = text::skip_number(p, integer);
  if (fault.reason != nullptr) return fail(fault);
  const std::string_view written(p_, static_cast<std::size_t>(p - p_));
  if ((!integer || p - p_ > kAlwaysFinite) && !text::is_finite(written)) {
    return fail(p_, "a number is out of range");
  }
  Node& node = add(Kind::kNumber);
  node.text_size = static_cast<std::uint32_t>(written.size());
  if (written == "-0") {  // the integer zero has one form
    ++node.text_at;
    node.text_size = 1;
  }
  p_ += written.size();
  return true;
}

bool Reader::key() {
  skip_space();
  if (out_.nodes_[open_].text_size == limits::kMaxJsonKeys) return too_many_keys();
  if (*p_ != '"') return unexpected("string literal");
  std::uint32_t at = 0;
  if (!string(at, key_size_)) return false;
  key_at_ = at;
  skip_space();
  if (*p_ != ':') return unexpected("':'");
  ++p_;
  return true;
}

bool Reader::open(Kind kind) {
  if (depth_ == max_depth_) {
    return fail(p_, filled("it is nested deeper than @ levels", {max_depth_}), Code::kJsonTooDeep);
  }
  Node& node = add(kind);
  const std::uint32_t around = open_;
  open_ = node.end - 1;
  node.end = around;
  if (++depth_ > out_.depth_) out_.depth_ = depth_;
  ++p_;
  return true;
}

void Reader::close() {
  Node& node = out_.nodes_[open_];
  if (node.kind == Kind::kObject && node.text_size > 1) find_duplicates();
  open_ = node.end;
  node.end = static_cast<std::uint32_t>(out_.nodes_.size());
  --depth_;
  ++p_;
}

// Reads one value, or opens a container that has children (`opened`).
bool Reader::value(bool& opened) {
  skip_space();
  switch (*p_) {
    case '"': {
      Node& node = add(Kind::kString);
      return string(node.text_at, node.text_size);
    }
    case '{':
      if (!open(Kind::kObject)) return false;
      skip_space();
      opened = *p_ != '}';
      if (opened) return key();
      close();
      return true;
    case '[':
      if (!open(Kind::kArray)) return false;
      skip_space();
      opened = *p_ != ']';
      if (!opened) close();
      return true;
    case 't':
      return literal(Kind::kTrue, "true");
    case 'f':
      return literal(Kind::kFalse, "false");
    case 'n':
      return literal(Kind::kNull, "null");
    default:
      if (*p_ == '-' || (*p_ >= '0' && *p_ <= '9')) return number();
      return unexpected("'[', '{', or a literal");
  }
}

bool Reader::run() {
  if (!skip_byte_order_mark()) return false;
  for (;;) {
    bool opened = false;
    if (!value(opened)) return false;
    if (opened) continue;
    // Close the containers that end with this value.
    for (;;) {
      skip_space();
      if (depth_ == 0) return p_ == end_ || unexpected("end of input");
      const bool object = out_.nodes_[open_].kind == Kind::kObject;
      if (*p_ == ',') {
        ++p_;
        if (object && !key()) return false;
        break;
      }
      if (*p_ != (object ? '}' : ']')) return unexpected(object ? "'}'" : "']'");
      close();
    }
  }
}

}  // namespace portcullis::json
