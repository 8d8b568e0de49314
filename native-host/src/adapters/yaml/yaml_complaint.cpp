#include "adapters/yaml/yaml_complaint.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <vector>

namespace portcullis::bff {
namespace {

constexpr std::size_t kShown = 40;  // of a quoted value

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view() : text; }

std::string shown(std::string_view text) {
  if (text.size() <= kShown) return std::string(text);
  std::size_t end = kShown;
  while ((static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  const std::size_t start = text.find_first_not_of(' ');
  return start == text.npos ? std::string_view() : text.substr(start);
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

/// The text in double quotes, valid in YAML.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : shown(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// The key that begins a line, after any "- ", and its colon. The colon may lack the space after
/// it: that is the mistake to detect.
struct KeyOfLine {
  std::string_view key;
  std::string_view value;
  std::size_t colon = 0;  ///< offset in the line
};
std::optional<KeyOfLine> key_of(std::string_view line) {
  std::size_t at = indent_of(line);
  while (line.substr(at, 2) == "- ") at += 2 + indent_of(line.substr(at + 2));
  const std::size_t from = at;
  while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0 ||
                              line[at] == '_' || line[at] == '-' || line[at] == '.')) {
    ++at;
  }
  if (at == from || at == line.size() || line[at] != ':') return std::nullopt;
  return KeyOfLine{line.substr(from, at - from), trimmed(line.substr(at + 1)), at};
}

bool lacks_space(std::string_view line, const KeyOfLine& key) {
  return key.colon + 1 < line.size() && line[key.colon + 1] != ' ' && line[key.colon + 1] != '\r' &&
         line[key.colon + 1] != '/';
}

class Explainer {
 public:
  Explainer(const yaml_parser_t& parser, std::string_view text)
      : problem_(or_empty(parser.problem)),
        context_(or_empty(parser.context)),
        at_(parser.problem_mark),
        from_(parser.context_mark),
        kind_(parser.error) {
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      lines_.push_back(text.substr(start, end - start));
      start = end + 1;
    }
  }

  YamlComplaint explain() {
    if (kind_ == YAML_MEMORY_ERROR) return {0, 0, "there is not enough memory to read it"};
    if (kind_ == YAML_READER_ERROR) {
      return {0, 0, "contains a character that YAML does not allow: " + std::string(problem_)};
    }
    if (has("tab character")) return tab();
    if (has("cannot start any token")) return bad_start();
    if (has("mapping values are not allowed")) return colon();
    if (has("did not find expected key")) return not_a_key();
    if (has("did not find expected '-' indicator")) {
      return here(
          "this line is between the entries of a list but is not one; start it with \"- \", or "
          "indent it to be a part of the entry above");
    }
    if (has("block sequence entries are not allowed")) {
      return here("a list begins on the line below its key; or write it as [a, b]");
    }
    if (has("could not find expected ':'")) return no_colon();
    if (has("found unexpected end of stream") && context_has("quoted scalar")) {
      return there("this quote is never closed");
    }
    if (context_has("flow ")) return flow();
    if (context_has("quoted scalar")) return escape();
    if (context_has("alias") || context_has("anchor") || context_has("tag") ||
        has("undefined tag")) {
      return quote_it(from_);
    }
    if (context_has("block scalar")) {
      return in_line(from_,
                     "a value that begins with " + std::string(1, char_at(from_)) +
                         " starts a block; quote it if it is text: " + quoted(rest_of_line(from_)));
    }
    if (has("did not find expected node content")) return bad_start();
    if (has("<document start>")) {
      return here("the document has ended above; one file is one map or one list");
    }
    return here(std::string(problem_) + "; quote a text that has special characters");
  }

 private:
  bool has(std::string_view words) const { return problem_.find(words) != problem_.npos; }
  bool context_has(std::string_view words) const { return context_.find(words) != context_.npos; }

  std::string_view line(std::size_t number) const {
    return number < lines_.size() ? lines_[number] : std::string_view();
  }
  /// Marks count characters, not bytes.
  std::size_t offset(const yaml_mark_t& mark) const {
    const std::string_view text = line(mark.line);
    std::size_t at = 0;
    for (std::size_t column = 0; column < mark.column && at < text.size(); ++column) {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) ++at;
    }
    return at;
  }
  std::string_view rest_of_line(const yaml_mark_t& mark) const {
    return trimmed(line(mark.line).substr(offset(mark)));
  }
  char char_at(const yaml_mark_t& mark) const {
    const std::string_view rest = line(mark.line).substr(offset(mark));
    return rest.empty() ? '\n' : rest.front();
  }

  static YamlComplaint in_line(const yaml_mark_t& mark, std::string message) {
    return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1, std::move(message)};
  }
  static YamlComplaint at_column(std::size_t line, std::size_t column, std::string message) {
    return {static_cast<int>(line) + 1, static_cast<int>(column) + 1, std::move(message)};
  }
  YamlComplaint here(std::string message) const { return in_line(at_, std::move(message)); }
  YamlComplaint there(std::string message) const { return in_line(from_, std::move(message)); }

  YamlComplaint tab() const {
    const std::size_t column = std::min(line(at_.line).find('\t'), line(at_.line).size());
    return at_column(at_.line, column, "a tab indents this line; indent with spaces");
  }

  /// Suggests quoting the value at a mark; in a flow node, up to what ends it.
  YamlComplaint quote_it(const yaml_mark_t& mark) const {
    std::string_view value = rest_of_line(mark);
    const std::string_view before = line(mark.line).substr(0, offset(mark));
    if (before.find_first_of("[{") != before.npos) {
      value = trimmed(value.substr(0, value.find_first_of(",]}")));
    }
    return in_line(mark, "a value cannot begin with " + std::string(1, char_at(mark)) +
                             "; quote it: " + quoted(value));
  }

  YamlComplaint bad_start() const {
    const char c = char_at(at_);
    if (c == '\t') return tab();
    if (c == ']' || c == '}') {
      return here(std::string("this ") + c + " closes nothing; remove it, or quote the value");
    }
    if (c == ',') return here("a comma without a value before it; remove it, or quote the value");
    if (c == '\n') return here("a value is missing here");
    return quote_it(at_);
  }

  /// Explains a misplaced colon: a second one in a line, a key below a value, or a key above
  /// without a space after its colon.
  YamlComplaint colon() const {
    const std::string_view text = line(at_.line);
    const std::size_t colon = offset(at_);
    const std::size_t first = text.find(": ");
    if (first != text.npos && first < colon) {
      const std::string value(trimmed(text.substr(first + 2)));
      return at_column(at_.line, first + 2 + indent_of(text.substr(first + 2)),
                       "a value with a colon and a space in it must be quoted: " + quoted(value));
    }
    if (at_.line > 0) {
      std::size_t above = at_.line - 1;
      while (above > 0 && trimmed(line(above)).empty()) --above;
      if (const auto key = key_of(line(above)); key && lacks_space(line(above), *key)) {
        return missing_space(above, *key);
      }
      if (indent_of(text) > indent_of(line(above))) {
        return at_column(at_.line, indent_of(text),
                         "this key is indented deeper than the line above it, which already has a "
                         "value; align it with its siblings");
      }
    }
    return at_column(at_.line, indent_of(text),
                     "this key belongs to no map; align it with its siblings");
  }

  static YamlComplaint missing_space(std::size_t number, const KeyOfLine& key) {
    return at_column(number, key.colon,
                     "a key needs a space after its colon; write " + std::string(key.key) + ": " +
                         shown(key.value));
  }

  YamlComplaint no_colon() const {
    const std::string_view text = line(from_.line);
    if (const auto key = key_of(text); key && lacks_space(text, *key)) {
      return missing_space(from_.line, *key);
    }
    return there(
        "this line is not a key with a value; write \"key: value\", or quote a text that continues "
        "over several lines");
  }

  YamlComplaint not_a_key() const {
    const std::string_view before = line(at_.line).substr(0, offset(at_));
    const char last = trimmed(before).empty() ? '\0' : trimmed(before).back();
    if (last == '\'') {
      return here(
          "text after a closing quote; write '' for a quote within single quotes, or use "
          "double quotes");
    }
    if (last == '"') {
      return here(
          "text after a closing quote; quote the whole value, and write \\\" for a quote "
          "within it");
    }
    if (rest_of_line(at_).starts_with("-")) {
      return here(
          "a list entry between the keys of a map; indent it below the key that it belongs "
          "to");
    }
    return here("this line is not aligned with any line above; start it in column " +
                std::to_string(from_.column + 1) + ", like the map that begins at line " +
                std::to_string(from_.line + 1) + " does");
  }

  YamlComplaint flow() const {
    const bool list = context_has("sequence");
    const char close = list ? ']' : '}';
    const bool ended = at_.line >= lines_.size() ||
                       (at_.line + 1 == lines_.size() && trimmed(line(at_.line)).empty());
    const bool outdented =
        at_.line > from_.line && indent_of(line(at_.line)) <= indent_of(line(from_.line));
    const char c = char_at(at_);
    if (ended || (outdented && c != ']' && c != '}')) {
      return there(std::string("this ") + (list ? '[' : '{') + " is never closed; a " + close +
                   " is missing");
    }
    if (c == ']' || c == '}') {
      return here(std::string("this ") + c + " closes what begins with " + (list ? '[' : '{') +
                  " at line " + std::to_string(from_.line + 1) + "; write " + close);
    }
    return here(std::string("a comma or a ") + close +
                " is missing before this, or the value must be quoted");
  }

  YamlComplaint escape() const {
    if (has("unknown escape")) {
      const std::string_view rest = line(at_.line).substr(offset(at_), 2);
      return here(std::string(rest) +
                  " is not a valid escape; write \\\\ for a backslash, or use single quotes");
    }
    if (has("Unicode") || has("hexdecimal")) {
      return here(
          "an escape must be \\x and two, \\u and four or \\U and eight hexadecimal digits");
    }
    return there("a quoted text that cannot be read: " + std::string(problem_));
  }

  std::string_view problem_;
  std::string_view context_;
  yaml_mark_t at_;
  yaml_mark_t from_;
  yaml_error_type_t kind_;
  std::vector<std::string_view> lines_;
};

}  // namespace

YamlComplaint explain(const yaml_parser_t& parser, std::string_view text) {
  return Explainer(parser, text).explain();
}

}  // namespace portcullis::bff
