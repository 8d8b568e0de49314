#include "adapters/yaml/json_flow.hpp"

#include <algorithm>
#include <charconv>

#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

constexpr std::size_t kLongestYamlKey = 1000;  // libyaml: 1,024 with quotes

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void append_utf8(unsigned c, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((c >> shift) & 0x3fU));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0U | (c >> 6U));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0U | (c >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | (c >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Strictly reads one value at an offset. `odd`: it contains something YAML does not accept.
class JsonReader {
 public:
  JsonReader(std::string_view text, std::size_t at, int line, int column)
      : text_(text), at_(at), line_(line), column_(column) {}

  bool read(YamlNode& out) { return value(out, 0); }
  std::size_t at() const noexcept { return at_; }
  int line() const noexcept { return line_; }
  int column() const noexcept { return column_; }
  bool odd() const noexcept { return odd_; }

 private:
  bool more() const noexcept { return at_ < text_.size(); }

  void step() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte == '\n') {
      ++line_;
      column_ = 1;
    } else if ((byte & 0xc0U) != 0x80U) {
      ++column_;
    }
  }

  void blanks() {
    while (more() && is_blank(text_[at_])) {
      odd_ = odd_ || (text_[at_] == '\t' && column_ == 1);
      step();
    }
  }

  bool next_is(char c) {
    blanks();
    if (!more() || text_[at_] != c) return false;
    step();
    return true;
  }

  YamlNode here(YamlNode::Kind kind) const {
    YamlNode node;
    node.kind = kind;
    node.line = line_;
    node.column = column_;
    return node;
  }

  bool value(YamlNode& out, std::size_t depth) {
    blanks();
    if (!more()) return false;
    switch (text_[at_]) {
      case '{':
        return depth < limits::kMaxConfigDepth && object(out, depth);
      case '[':
        return depth < limits::kMaxConfigDepth && array(out, depth);
      case '"':
        return string(out);
      default:
        return word(out);
    }
  }

  bool object(YamlNode& out, std::size_t depth) {
    out = here(YamlNode::Kind::kMap);
    step();
    if (next_is('}')) return true;
    do {
      blanks();
      YamlNode key;
      if (!more() || text_[at_] != '"' || !string(key)) return false;
      const int line = line_;
      odd_ = odd_ || key.text.size() > kLongestYamlKey;
      if (!next_is(':')) return false;
      odd_ = odd_ || line_ != line;
      YamlNode item;
      if (!value(item, depth + 1)) return false;
      out.keys.push_back(std::move(key));
      out.items.push_back(std::move(item));
    } while (next_is(','));
    return next_is('}');
  }

  bool array(YamlNode& out, std::size_t depth) {
    out = here(YamlNode::Kind::kList);
    step();
    if (next_is(']')) return true;
    do {
      YamlNode item;
      if (!value(item, depth + 1)) return false;
      out.items.push_back(std::move(item));
    } while (next_is(','));
    return next_is(']');
  }

  bool word(YamlNode& out) {
    out = here(YamlNode::Kind::kScalar);
    while (more() && std::string_view(",]}:{[\"#").find(text_[at_]) == std::string_view::npos &&
           !is_blank(text_[at_])) {
      out.text += text_[at_];
      step();
    }
    if (out.text == "null") {
      out.kind = YamlNode::Kind::kNull;
      return true;
    }
    return out.text == "true" || out.text == "false" || is_json_number(out.text);
  }

  int unit() {
    if (at_ + 4 > text_.size()) return -1;
    unsigned value = 0;
    const char* from = text_.data() + at_;
    const auto [end, error] = std::from_chars(from, from + 4, value, 16);
    if (error != std::errc{} || end != from + 4) return -1;
    for (int i = 0; i < 4; ++i) step();
    return static_cast<int>(value);
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (!more()) return false;
    const char c = text_[at_];
    step();
    if (c != 'u') {
      const std::size_t which = kNames.find(c);
      if (which == kNames.npos) return false;
      out += kMeanings[which];
      return true;
    }
    const int high = unit();
    if (high < 0 || (high >= 0xdc00 && high < 0xe000)) return false;
    if (high < 0xd800 || high >= 0xe000) {
      append_utf8(static_cast<unsigned>(high), out);
      return true;
    }
    if (text_.substr(at_, 2) != "\\u") return false;
    step();
    step();
    const int low = unit();
    if (low < 0xdc00 || low >= 0xe000) return false;
    append_utf8(0x10000U + ((static_cast<unsigned>(high) - 0xd800U) << 10U) +
                    (static_cast<unsigned>(low) - 0xdc00U),
                out);
    return true;
  }

  bool string(YamlNode& out) {
    out = here(YamlNode::Kind::kScalar);
    out.quoted = true;
    step();
    while (more()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      step();
      if (c == '"') return true;
      if (c != '\\') {
        out.text += c;
      } else if (!escape(out.text)) {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_;
  int line_;
  int column_;
  bool odd_ = false;
};

/// Whether a value may begin here: at the start of a line, or after "- ", ": " and the like.
bool may_begin(std::string_view before) {
  while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) {
    before.remove_suffix(1);
  }
  return before.empty() || std::string_view("\n:-,[{").find(before.back()) != before.npos;
}

/// `name` in quotes, padded with blanks to the value's size, keeping its line breaks.
std::string stand_in(std::string_view value, const std::string& name) {
  std::string out = '"' + name + '"';
  const std::size_t first_line = std::min(value.find('\n'), value.size());
  const auto blank = [&out](std::string_view part) {
    for (const char c : part) {
      if (c == '\n' || c == '\r')
        out += c;
      else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U)
        out += ' ';
    }
  };
  if (first_line == value.size() && out.size() < value.size()) {
    blank(value.substr(out.size()));
  } else {
    blank(value.substr(first_line));
  }
  return out;
}

}  // namespace

JsonSpans::JsonSpans(std::string_view text) : prefix_("portcullis-json-") {
  if (text.find(prefix_) != text.npos) return;
  std::size_t budget =
      text.size() * 4;  // bounds the work spent on text that looks like JSON but is not
  int line = 1;
  int column = 1;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    if ((text[at] == '{' || text[at] == '[') && may_begin(text.substr(0, at)) && budget > 0) {
      JsonReader reader(text, at, line, column);
      YamlNode value;
      const bool whole = reader.read(value);
      const std::size_t read = reader.at() - at;
      budget -= std::min(budget, read);
      if (whole) {
        if (reader.odd()) {
          text_.append(text, copied, at - copied);
          text_ += stand_in(text.substr(at, read), prefix_ + std::to_string(values_.size()));
          copied = reader.at();
          values_.emplace_back(std::move(value));
        }
        at = reader.at();
        line = reader.line();
        column = reader.column();
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(text[at++]);
    if (byte == '\n') {
      ++line;
      column = 1;
    } else if ((byte & 0xc0U) != 0x80U) {
      ++column;
    }
  }
  text_.append(text, copied, text.npos);
}

std::optional<YamlNode> JsonSpans::take(std::string_view name) {
  if (!name.starts_with(prefix_)) return std::nullopt;
  name.remove_prefix(prefix_.size());
  std::size_t which = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), which);
  if (error != std::errc{} || end != name.data() + name.size() || which >= values_.size() ||
      !values_[which]) {
    return std::nullopt;
  }
  ++taken_;
  std::optional<YamlNode> value;
  value.swap(values_[which]);
  return value;
}

}  // namespace portcullis::bff
