#include "http/html_scan.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"
#include "base/sha256.hpp"
#include "portcullis/integrity.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}
/// Whether the character ends a tag name.
constexpr bool ends_name(char c) noexcept { return is_space(c) || c == '/' || c == '>'; }

/// Whether "</NAME" or "<NAME" (`what`), in any case, is a complete tag name at `at`.
bool is_tag_at(std::string_view html, std::size_t at, std::string_view what) noexcept {
  return html.size() > at + what.size() && iequals(html.substr(at, what.size()), what) &&
         ends_name(html[at + what.size()]);
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view one) { return iequals(one, name); });
}

/// Whether a browser runs scripts of this type (HTML, "prepare the script element").
bool runs(std::string_view type) {
  while (!type.empty() && is_space(type.front())) type.remove_prefix(1);
  while (!type.empty() && is_space(type.back())) type.remove_suffix(1);
  if (type.empty()) return true;
  return is_one_of(
      type, {"module", "importmap", "speculationrules", "text/javascript", "text/ecmascript",
             "text/jscript", "text/livescript", "text/x-javascript", "text/x-ecmascript",
             "text/javascript1.0", "text/javascript1.1", "text/javascript1.2", "text/javascript1.3",
             "text/javascript1.4", "text/javascript1.5", "application/javascript",
             "application/ecmascript", "application/x-javascript", "application/x-ecmascript"});
}

struct Tag {
  std::string_view name;
  std::size_t end = 0;  // after its '>'
  bool has_src = false;
  std::optional<std::string_view> type;
};

class HtmlScanner {
 public:
  explicit HtmlScanner(std::string_view html) : html_(html) {}

  HtmlFacts scan() {
    if (html_.starts_with("\xef\xbb\xbf")) facts_.head_at = 3;  // skip a byte order mark
    std::size_t at = html_.find('<');
    while (at != kNone) at = html_.find('<', markup(at));
    return std::move(facts_);
  }

 private:
  char byte(std::size_t at) const noexcept { return at < html_.size() ? html_[at] : '\0'; }

  /// The position after the first `what` from `at`; the end if there is none.
  std::size_t behind(std::string_view what, std::size_t at) const noexcept {
    const std::size_t found = html_.find(what, at);
    return found == kNone ? html_.size() : found + what.size();
  }

  /// Processes what begins with '<' at `at`; returns where to continue.
  std::size_t markup(std::size_t at) {
    const char next = byte(at + 1);
    if (is_alpha(next)) return start_tag(at);
    if (next == '!') return declaration(at);
    if (next == '?') return behind(">", at);
    if (next != '/') return at + 1;
    if (!is_alpha(byte(at + 2))) return behind(">", at + 2);
    const std::optional<Tag> tag = read_tag(at + 2);
    if (!tag) return html_.size();
    if (iequals(tag->name, "template") && templates_ > 0) --templates_;
    return tag->end;
  }

  std::size_t declaration(std::size_t at) {
    constexpr std::string_view kComment = "<!--";
    if (html_.substr(at, kComment.size()) != kComment) {
      const std::size_t end = behind(">", at);
      if (!has_head_ && !has_doctype_ && iequals(html_.substr(at, 9), "<!doctype")) {
        has_doctype_ = true;
        facts_.head_at = end;
      }
      return end;
    }
    const std::size_t text = at + kComment.size();
    if (byte(text) == '>') return text + 1;
    if (byte(text) == '-' && byte(text + 1) == '>') return text + 2;
    return std::min(behind("-->", text), behind("--!>", text));
  }

  /// Reads a tag from its name on. Nullopt if the document ends within it.
  std::optional<Tag> read_tag(std::size_t at) const {
    Tag tag;
    std::size_t end = at;
    while (end < html_.size() && !ends_name(html_[end])) ++end;
    tag.name = html_.substr(at, end - at);
    at = end;
    for (;;) {
      while (is_space(byte(at)) || byte(at) == '/') ++at;
      if (at >= html_.size()) return std::nullopt;
      if (html_[at] == '>') break;
      at = read_attribute(at, tag);
    }
    tag.end = at + 1;
    return tag;
  }

  std::size_t read_attribute(std::size_t at, Tag& tag) const {
    std::size_t end = at + 1;  // a '=' may begin a name
    while (end < html_.size() && !ends_name(html_[end]) && html_[end] != '=') ++end;
    const std::string_view name = html_.substr(at, end - at);
    std::string_view value;
    at = end;
    while (is_space(byte(at))) ++at;
    if (byte(at) == '=') {
      ++at;
      while (is_space(byte(at))) ++at;
      const char quote = byte(at);
      if (quote == '"' || quote == '\'') {
        end = std::min(html_.find(quote, at + 1), html_.size());
        value = html_.substr(at + 1, end - at - 1);
        at = std::min(end + 1, html_.size());
      } else {
        end = at;
        while (end < html_.size() && !is_space(html_[end]) && html_[end] != '>') ++end;
        value = html_.substr(at, end - at);
        at = end;
      }
    }
    // The first of two attributes with the same name counts.
    if (iequals(name, "src")) tag.has_src = true;
    if (iequals(name, "type") && !tag.type) tag.type = value;
    return at;
  }

  std::size_t start_tag(std::size_t at) {
    const std::optional<Tag> tag = read_tag(at + 1);
    if (!tag) return html_.size();
    const std::string_view name = tag->name;
    if (iequals(name, "script")) return script(*tag);
    if (iequals(name, "head") && !has_head_ && templates_ == 0) {
      has_head_ = true;
      facts_.head_at = tag->end;
    }
    if (iequals(name, "template")) ++templates_;
    if (iequals(name, "plaintext")) return html_.size();
    const bool raw = is_one_of(
        name, {"style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"});
    return raw ? end_of_raw(tag->end, std::string("</").append(name)) : tag->end;
  }

  /// The position of raw text's end tag, or the document's end.
  std::size_t end_of_raw(std::size_t at, std::string_view end_tag) const {
    for (at = html_.find("</", at); at != kNone; at = html_.find("</", at + 2)) {
      if (is_tag_at(html_, at, end_tag)) return at;
    }
    return html_.size();
  }

  std::size_t script(const Tag& tag) {
    const std::optional<std::size_t> end = end_of_script(tag.end);
    if (!end) return html_.size();  // an unclosed script never runs
    if (templates_ == 0 && !tag.has_src && runs(tag.type.value_or(""))) {
      Integrity integrity;
      integrity.digest = sha256(script_text(html_.substr(tag.end, *end - tag.end)));
      std::string hash = integrity.sri();
      auto& known = facts_.script_hashes;
      if (std::find(known.begin(), known.end(), hash) == known.end()) {
        known.push_back(std::move(hash));
      }
    }
    return *end;
  }

  /// The position where "</script" ends a script (sections 13.2.5.4 and 13.2.5.15 to 13.2.5.31).
  std::optional<std::size_t> end_of_script(std::size_t at) const {
    enum class State { kPlain, kEscaped, kDoubleEscaped } state = State::kPlain;
    for (; at < html_.size(); ++at) {
      if (html_[at] == '-') {
        if (state != State::kPlain && html_.substr(at, 3) == "-->") state = State::kPlain;
        continue;
      }
      if (html_[at] != '<') continue;
      if (is_tag_at(html_, at, "</script")) {
        if (state != State::kDoubleEscaped) return at;
        state = State::kEscaped;
      } else if (state == State::kPlain && html_.substr(at, 4) == "<!--") {
        state = State::kEscaped;
        ++at;  // "<!-->" ends it at once: its dashes are re-examined
      } else if (state == State::kEscaped && is_tag_at(html_, at, "<script")) {
        state = State::kDoubleEscaped;
      }
    }
    return std::nullopt;
  }

  std::string_view html_;
  HtmlFacts facts_;
  int templates_ = 0;
  bool has_head_ = false;
  bool has_doctype_ = false;
};

/// The size of the UTF-8 character at the front, or of the invalid bytes that become one U+FFFD
/// (Encoding Standard, section 8.1.1); `valid` tells which.
std::size_t next_character(std::string_view text, bool& valid) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  valid = first < 0x80;
  if (valid) return 1;
  const std::size_t size = first >= 0xc2 && first <= 0xdf   ? 2
                           : first >= 0xe0 && first <= 0xef ? 3
                           : first >= 0xf0 && first <= 0xf4 ? 4
                                                            : 0;
  if (size == 0) return 1;
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  std::size_t n = 1;
  while (n < size && n < text.size() && at(n) >= (n == 1 ? low : 0x80) &&
         at(n) <= (n == 1 ? high : 0xbf)) {
    ++n;
  }
  valid = n == size;
  return n;
}

}  // namespace

std::string script_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    bool valid = true;
    const std::size_t size = next_character(bytes, valid);
    const char c = bytes.front();
    if (!valid || c == '\0') {
      out.append(kReplacement);
    } else if (c == '\r') {
      if (bytes.size() == 1 || bytes[1] != '\n') out.push_back('\n');
    } else {
      out.append(bytes.substr(0, size));
    }
    bytes.remove_prefix(size);
  }
  return out;
}

HtmlFacts scan_html(std::string_view html) { return HtmlScanner(html).scan(); }

}  // namespace portcullis::bff
