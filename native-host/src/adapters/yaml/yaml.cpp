#include "adapters/yaml/yaml.hpp"

#include <yaml.h>

#include <algorithm>
#include <exception>
#include <map>
#include <string>
#include <utility>

#include "adapters/yaml/json_flow.hpp"
#include "adapters/yaml/yaml_complaint.hpp"
#include "adapters/yaml/yaml_text.hpp"
#include "base/text.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

/// Thrown to stop reading a file; caught in parse_yaml.
struct Refusal {
  Code code;
  int line;
  int column;
  std::string message;
};

/// Owns one libyaml parser over one text.
class Events {
 public:
  explicit Events(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    const char* const start =
        text.empty() ? "" : text.data();  // libyaml requires a non-null pointer
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(start),
                                 text.size());
  }
  ~Events() {
    clear();
    yaml_parser_delete(&parser_);
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// The next event, valid until the following call; null if the text is not YAML.
  const yaml_event_t* next() {
    clear();
    if (yaml_parser_parse(&parser_, &event_) == 0) return nullptr;
    held_ = true;
    return &event_;
  }
  const yaml_parser_t& parser() const noexcept { return parser_; }

 private:
  void clear() {
    if (held_) yaml_event_delete(&event_);
    held_ = false;
  }
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  bool held_ = false;
};

class TreeBuilder {
 public:
  /// `json`: values read as JSON, which replace their names in the tree; taken when used.
  TreeBuilder(const std::string& file, const SurrogateEscapes& escapes, JsonSpans* json,
              std::vector<ConfigProblem>& problems)
      : file_(file), escapes_(escapes), json_(json), problems_(problems) {}

  void take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        refuse_alias(event.start_mark);
      case YAML_SCALAR_EVENT:
        return scalar(event);
      case YAML_SEQUENCE_START_EVENT:
        check(event.start_mark, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        return open(event.start_mark, YamlNode::Kind::kList);
      case YAML_MAPPING_START_EVENT:
        check(event.start_mark, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        return open(event.start_mark, YamlNode::Kind::kMap);
      case YAML_SEQUENCE_END_EVENT:
        return close();
      case YAML_MAPPING_END_EVENT:
        check_duplicates(open_.back().node);
        return close();
      default:
        return;
    }
  }

  YamlNode root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    bool key_next = true;  // kMap: whether the next value is a key
  };

  static YamlNode make(const yaml_mark_t& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = static_cast<int>(mark.line) + 1;
    node.column = static_cast<int>(mark.column) + 1;
    return node;
  }

  [[noreturn]] static void refuse(Code code, const yaml_mark_t& mark, std::string message) {
    throw Refusal{code, static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1,
                  std::move(message)};
  }

  [[noreturn]] static void refuse_alias(const yaml_mark_t& mark) {
    refuse(Code::kConfigYamlAlias, mark,
           "anchors (&) and aliases (*) are not supported; write the value out, or quote it when "
           "it is "
           "text");
  }

  static void check(const yaml_mark_t& mark, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (anchor != nullptr) refuse_alias(mark);
    if (tag == nullptr) return;
    refuse(Code::kConfigYamlAlias, mark,
           "tags (!) are not supported; quote the value to make it text");
  }

  void scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    check(event.start_mark, data.anchor, data.tag);
    YamlNode node = make(event.start_mark, YamlNode::Kind::kScalar);
    node.text.assign(reinterpret_cast<const char*>(data.value), data.length);
    node.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node.quoted && (node.text.empty() || node.text == "~" || node.text == "null" ||
                         node.text == "Null" || node.text == "NULL")) {
      node.kind = YamlNode::Kind::kNull;
    }
    if (json_ != nullptr && data.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
      if (std::optional<YamlNode> value = json_->take(node.text))
        return add_json(*std::move(value));
    }
    if (!escapes_.restore(node.text)) {
      refuse(Code::kConfigYamlSyntax, event.start_mark,
             "has one half of a surrogate pair; write both, such as \\ud83d\\ude80, or the "
             "character itself");
    }
    add(std::move(node));
  }

  void open(const yaml_mark_t& mark, YamlNode::Kind kind) {
    if (open_.size() >= limits::kMaxConfigDepth) refuse_depth(mark.line + 1, mark.column + 1);
    if (key_next()) {
      refuse(Code::kConfigWrongType, mark, "a key must be plain text, not a map or a list");
    }
    open_.push_back({make(mark, kind)});
  }

  [[noreturn]] static void refuse_depth(std::size_t line, std::size_t column) {
    throw Refusal{Code::kConfigTooLarge, static_cast<int>(line), static_cast<int>(column),
                  "is nested deeper than " + std::to_string(limits::kMaxConfigDepth) + " levels"};
  }

  bool key_next() const {
    return !open_.empty() && open_.back().node.is_map() && open_.back().key_next;
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add_json(YamlNode value) {
    check_json(value, open_.size());
    if (key_next()) {
      throw Refusal{Code::kConfigWrongType, value.line, value.column,
                    "a key must be plain text, not a map or a list"};
    }
    add(std::move(value));
  }

  /// Checks depth and duplicate keys. Recursion is bounded: depth is checked first.
  void check_json(const YamlNode& value, std::size_t depth) {
    if (!value.is_map() && !value.is_list()) return;
    if (depth >= limits::kMaxConfigDepth) {
      refuse_depth(static_cast<std::size_t>(value.line), static_cast<std::size_t>(value.column));
    }
    if (value.is_map()) check_duplicates(value);
    for (const YamlNode& item : value.items) check_json(item, depth + 1);
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_map() && parent.key_next) {
      if (!node.is_scalar()) {
        throw Refusal{Code::kConfigWrongType, node.line, node.column, "a key is empty"};
      }
      parent.node.keys.push_back(std::move(node));
      parent.key_next = false;
      return;
    }
    parent.node.items.push_back(std::move(node));
    parent.key_next = true;
  }

  void check_duplicates(const YamlNode& map) {
    std::map<std::string_view, int> seen;  // key -> line
    for (const YamlNode& key : map.keys) {
      const auto [first, fresh] = seen.emplace(key.text, key.line);
      if (fresh) continue;
      problems_.push_back({Severity::kError,
                           Code::kConfigDuplicate,
                           {file_, key.line, key.column},
                           "",
                           "duplicate key \"" + key.text + "\", first at line " +
                               std::to_string(first->second) + "; remove one of the two"});
    }
  }

  const std::string& file_;
  const SurrogateEscapes& escapes_;
  JsonSpans* json_;
  std::vector<ConfigProblem>& problems_;
  std::vector<Open> open_;
  YamlNode root_;
};

/// Returns the tree of `text`, or nullopt and problems.
std::optional<YamlNode> read_tree(std::string_view text, const std::string& file,
                                  const SurrogateEscapes& escapes, JsonSpans* json,
                                  std::vector<ConfigProblem>& problems) {
  const auto fail = [&](Code code, int line, int column, std::string message) -> std::nullopt_t {
    problems.push_back({Severity::kError, code, {file, line, column}, "", std::move(message)});
    return std::nullopt;
  };
  const std::size_t before = problems.size();
  try {
    Events events(text);
    TreeBuilder builder(file, escapes, json, problems);
    std::optional<YamlNode> root;
    while (const yaml_event_t* event = events.next()) {
      if (event->type == YAML_STREAM_END_EVENT) {
        // Duplicate keys do not stop the reading, but make the tree unusable.
        if (problems.size() != before) return std::nullopt;
        return root ? std::move(root) : YamlNode{};
      }
      if (event->type == YAML_DOCUMENT_END_EVENT) root = builder.root();
      if (event->type == YAML_DOCUMENT_START_EVENT) {
        if (!root) continue;
        return fail(Code::kConfigYamlAlias, static_cast<int>(event->start_mark.line) + 1,
                    static_cast<int>(event->start_mark.column) + 1,
                    "a second document starts here; one file is one document, so remove the ---");
      }
      builder.take(*event);
    }
    YamlComplaint complaint = explain(events.parser(), text);
    return fail(Code::kConfigYamlSyntax, complaint.line, complaint.column,
                std::move(complaint.message));
  } catch (const Refusal& refusal) {
    return fail(refusal.code, refusal.line, refusal.column, refusal.message);
  }
}

bool is_syntax(const std::vector<ConfigProblem>& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const ConfigProblem& problem) {
    return problem.code == Code::kConfigYamlSyntax;
  });
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

std::string_view kind_name(const YamlNode& node) noexcept {
  switch (node.kind) {
    case YamlNode::Kind::kScalar:
      return "text";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kNull:
      break;
  }
  return "nothing";
}

std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   std::vector<ConfigProblem>& problems) {
  const auto fail = [&](Code code, Location where, std::string message) -> std::nullopt_t {
    problems.push_back({Severity::kError, code, std::move(where), "", std::move(message)});
    return std::nullopt;
  };
  if (text.size() > limits::kMaxConfigFileBytes) {
    return fail(
        Code::kConfigTooLarge, {file},
        "the file is larger than " + std::to_string(limits::kMaxConfigFileBytes) + " bytes");
  }
  if (const TextProblem bad = check_text(text); !bad.message.empty()) {
    return fail(Code::kConfigYamlSyntax, {file, bad.line, bad.column}, bad.message);
  }
  text = without_bom(text);
  try {
    const SurrogateEscapes escapes(text);
    std::vector<ConfigProblem> found;
    auto root = read_tree(escapes.text(), file, escapes, nullptr, found);
    if (!root && is_syntax(found)) {
      // YAML (or libyaml) does not accept all of JSON: keys over 1,024 bytes, a line break before
      // the colon, tabs at the start of a line.
      if (JsonSpans json(text); !json.empty()) {
        const SurrogateEscapes rest(json.text());
        std::vector<ConfigProblem> again;
        auto other = read_tree(rest.text(), file, rest, &json, again);
        if ((other || !is_syntax(again)) && json.all_taken()) {
          root = std::move(other);
          found = std::move(again);
        }
      }
    }
    problems.insert(problems.end(), found.begin(), found.end());
    return root;
  } catch (const std::exception& error) {  // out of memory
    return fail(Code::kConfigYamlSyntax, {file}, error.what());
  }
}

}  // namespace portcullis::bff
