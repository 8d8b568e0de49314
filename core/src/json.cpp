#include "json.hpp"

#include <algorithm>
#include <charconv>

#include "portcullis/utf8.hpp"

// nlohmann in an inline namespace of the core's own (see json.hpp), and without exceptions also
// where the compiler has them: the SAX parser reports through the handler and throws nothing.
#define JSON_NOEXCEPTION
#define JSON_USE_IMPLICIT_CONVERSIONS 0
#define JSON_NO_IO
#define NLOHMANN_JSON_NAMESPACE nlohmann::portcullis_json
#define NLOHMANN_JSON_NAMESPACE_BEGIN \
  namespace nlohmann {                \
  inline namespace portcullis_json {
#define NLOHMANN_JSON_NAMESPACE_END \
  }                                 \
  }
#include <nlohmann/json.hpp>

namespace portcullis::json {

namespace {

constexpr std::size_t kMaxDuplicates = 100;
constexpr std::size_t kPairwiseKeys = 16;  // up to here comparing pairs beats sorting

void locate(std::string_view text, std::size_t byte, Error& error) {
  byte = std::min(byte, text.size());
  const std::string_view before = text.substr(0, byte);
  const std::size_t newline = before.rfind('\n');
  error.byte = byte;
  error.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  error.column = newline == std::string_view::npos ? byte + 1 : byte - newline;
}

// Where the bracket stands that opens level `max_depth` + 1. The text up to there is valid JSON,
// or the parser would have stopped before.
std::size_t find_depth(std::string_view text, std::size_t max_depth) {
  std::size_t open = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++open > max_depth) return i;
    } else if (c == ']' || c == '}') {
      --open;
    }
  }
  return text.size();
}

}  // namespace

/// The SAX handler: fills a Document.
class Builder {
 public:
  Builder(std::string_view text, std::size_t max_depth, Document& out)
      : source_(text), max_depth_(max_depth), out_(out) {}

  bool null() { return scalar(Kind::kNull, {}); }
  bool boolean(bool value) { return scalar(value ? Kind::kTrue : Kind::kFalse, {}); }
  bool number_integer(std::int64_t value) { return integer(value); }
  bool number_unsigned(std::uint64_t value) { return integer(value); }
  bool number_float(double /*value*/, const std::string& written) {
    // The lexer writes the decimal point of the process's locale; JSON has only one.
    number_.assign(written);
    for (char& c : number_) {
      const bool legal = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E';
      if (!legal) c = '.';
    }
    return scalar(Kind::kNumber, number_);
  }
  bool string(const std::string& value) { return scalar(Kind::kString, value); }
  // Only binary formats have these.
  template <typename Binary>
  bool binary(const Binary& /*value*/) {
    return false;
  }
  bool key(const std::string& value) {
    key_at_ = static_cast<std::uint32_t>(out_.text_.size());
    key_size_ = static_cast<std::uint32_t>(value.size());
    out_.text_ += value;
    return true;
  }
  bool start_object(std::size_t /*size*/) { return open(Kind::kObject); }
  bool start_array(std::size_t /*size*/) { return open(Kind::kArray); }
  bool end_object() {
    find_duplicates();
    return close();
  }
  bool end_array() { return close(); }

  template <typename Exception>
  bool parse_error(std::size_t position, const std::string& last_token,
                   const Exception& exception) {
    error_.code = Code::kJsonSyntax;
    std::string_view what = exception.what();
    const std::size_t dash = what.find(" - ");
    std::size_t token = 1;  // of which the position is the end
    if (dash == std::string_view::npos) {
      what = "a number is out of range";
      token = last_token.size();
    } else {
      what = what.substr(dash + 3);
      what = what.substr(0, what.find("; last read"));
      // A token in the wrong place: point at its start. Only of strings and numbers the lexer gives
      // the token alone.
      if (what.substr(0, 25) == "unexpected string literal" ||
          what.substr(0, 25) == "unexpected number literal") {
        token = last_token.size();
      } else if (what.substr(0, 12) == "unexpected t" || what.substr(0, 12) == "unexpected n") {
        token = 4;
      } else if (what.substr(0, 12) == "unexpected f") {
        token = 5;
      }
    }
    const std::size_t byte = position > token ? position - token : 0;
    error_.reason = std::string(what);
    locate(source_, byte, error_);
    return false;
  }

  Error take_error() { return std::move(error_); }

 private:
  template <typename Integer>
  bool integer(Integer value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return scalar(Kind::kNumber, {digits, static_cast<std::size_t>(end - digits)});
  }

  Document::Node& add(Kind kind) {
    if (!open_.empty()) ++out_.nodes_[open_.back()].text_size;
    Document::Node& node = out_.nodes_.emplace_back();
    node.kind = kind;
    node.key_at = key_at_;
    node.key_size = key_size_;
    key_size_ = 0;
    node.text_at = static_cast<std::uint32_t>(out_.text_.size());
    return node;
  }

  bool scalar(Kind kind, std::string_view text) {
    Document::Node& node = add(kind);
    node.text_size = static_cast<std::uint32_t>(text.size());
    node.end = static_cast<std::uint32_t>(out_.nodes_.size());
    out_.text_ += text;
    return true;
  }

  bool open(Kind kind) {
    if (open_.size() == max_depth_) {
      error_.code = Code::kJsonTooDeep;
      error_.reason = "it nests deeper than " + std::to_string(max_depth_) + " levels";
      locate(source_, find_depth(source_, max_depth_), error_);
      return false;
    }
    add(kind);
    open_.push_back(static_cast<std::uint32_t>(out_.nodes_.size() - 1));
    return true;
  }

  bool close() {
    out_.nodes_[open_.back()].end = static_cast<std::uint32_t>(out_.nodes_.size());
    open_.pop_back();
    return true;
  }

  std::string_view key_of(std::uint32_t index) const {
    const Document::Node& node = out_.nodes_[index];
    return {out_.text_.data() + node.key_at, node.key_size};
  }

  void find_duplicates() {
    const std::uint32_t object = open_.back();
    const auto end = static_cast<std::uint32_t>(out_.nodes_.size());
    members_.clear();
    for (std::uint32_t i = object + 1; i < end; i = out_.nodes_[i].end) members_.push_back(i);
    if (members_.size() <= kPairwiseKeys) {
      for (std::size_t i = 1; i < members_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (key_of(members_[i]) == key_of(members_[j])) {
            report_duplicate(members_[i]);
            break;
          }
        }
      }
      return;
    }
    // Pairs of 40,000 keys, which a legal text can have, would take seconds.
    std::sort(members_.begin(), members_.end(), [this](std::uint32_t a, std::uint32_t b) {
      const int order = key_of(a).compare(key_of(b));
      return order != 0 ? order < 0 : a < b;
    });
    for (std::size_t i = 1; i < members_.size(); ++i) {
      if (key_of(members_[i]) == key_of(members_[i - 1])) report_duplicate(members_[i]);
    }
  }

  void report_duplicate(std::uint32_t member) {
    if (out_.duplicates_.size() == kMaxDuplicates) {
      out_.more_duplicates_ = true;
      return;
    }
    std::string pointer;
    for (std::size_t i = 1; i < open_.size(); ++i) {
      const Document::Node& parent = out_.nodes_[open_[i - 1]];
      if (parent.kind == Kind::kArray) {
        append_pointer(pointer, std::size_t{parent.text_size} - 1);
      } else {
        append_pointer(pointer, key_of(open_[i]));
      }
    }
    append_pointer(pointer, key_of(member));
    out_.duplicates_.push_back(std::move(pointer));
  }

  std::string_view source_;
  std::size_t max_depth_;
  Document& out_;
  Error error_;
  std::string number_;
  std::vector<std::uint32_t> open_;     // the containers around the next value
  std::vector<std::uint32_t> members_;  // of the object that just ended
  std::uint32_t key_at_ = 0;
  std::uint32_t key_size_ = 0;
};

Error read(std::string_view text, const Limits& limits, Document& out) {
  out = Document();
  if (text.size() > limits.max_bytes) {
    Error error;
    error.code = Code::kJsonTooLarge;
    error.reason = "it is larger than " + std::to_string(limits.max_bytes) + " bytes";
    locate(text, limits.max_bytes, error);
    return error;
  }
  // nlohmann takes NUL for the end of the text; RFC 8259 has no place for it.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    Error error;
    error.code = Code::kJsonSyntax;
    error.reason = "a NUL byte";
    locate(text, nul, error);
    return error;
  }
  // Small texts shall not pay for growing, large ones not for nodes that never come.
  out.nodes_.reserve(std::min<std::size_t>(text.size() / 8 + 1, 512));
  out.text_.reserve(std::min<std::size_t>(text.size(), 8192));
  Builder builder(text, limits.max_depth, out);
  if (!nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
    out = Document();
    return builder.take_error();
  }
  return Error();
}

Error parse(std::string_view text, const Limits& limits, Document& out) {
  Error error = read(text, limits, out);
  if (error.code == Code::kAllowed && !out.duplicates().empty()) {
    error.code = Code::kJsonDuplicateKey;
    error.pointer = out.duplicates().front();
    error.reason = "the same key stands twice";
    out = Document();
  }
  return error;
}

}  // namespace portcullis::json
