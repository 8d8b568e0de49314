#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <exception>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>

#include "portcullis/limits.hpp"
#include "portcullis/utf8.hpp"

namespace portcullis::bff {
namespace {

/// Thrown out of the handler only, to stop yaml-cpp; never leaves parse_yaml.
struct Refusal {
  Code code;
  int line;
  int column;
  std::string message;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, std::vector<ConfigProblem>& problems)
      : file_(file), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_alias(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_alias(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(make(mark, YamlNode::Kind::kNull));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node = make(mark, YamlNode::Kind::kScalar);
    node.text = value;
    node.quoted = tag == "!";  // yaml-cpp's mark of a scalar that is not plain
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override {
    check_duplicates(open_.back().node);
    close();
  }

  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    bool key_next = true;  // kMap: whether the next value is a key
  };

  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  [[noreturn]] static void refuse_alias(const YAML::Mark& mark) {
    throw Refusal{Code::kConfigYamlAlias, mark.line + 1, mark.column + 1,
                  "anchors (&) and aliases (*) are not read; write the value out"};
  }

  static void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refusal{Code::kConfigYamlAlias, mark.line + 1, mark.column + 1,
                  "tags (!) are not read; quote the value to make it text"};
  }

  void open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    check_tag(mark, tag);
    if (open_.size() >= limits::kMaxConfigDepth) {
      throw Refusal{Code::kConfigTooLarge, mark.line + 1, mark.column + 1,
                    "nests deeper than " + std::to_string(limits::kMaxConfigDepth) + " levels"};
    }
    if (!open_.empty() && open_.back().node.is_map() && open_.back().key_next) {
      throw Refusal{Code::kConfigWrongType, mark.line + 1, mark.column + 1,
                    "a key is a map or a list; keys are plain text"};
    }
    open_.push_back({make(mark, kind)});
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_map() && parent.key_next) {
      if (!node.is_scalar()) {
        throw Refusal{Code::kConfigWrongType, node.line, node.column,
                      "a key is empty; keys are plain text"};
      }
      parent.node.keys.push_back(std::move(node));
      parent.key_next = false;
      return;
    }
    parent.node.items.push_back(std::move(node));
    parent.key_next = true;
  }

  void check_duplicates(const YamlNode& map) {
    std::unordered_set<std::string_view> seen;
    for (const YamlNode& key : map.keys) {
      if (seen.insert(key.text).second) continue;
      problems_.push_back({Severity::kError,
                           Code::kConfigDuplicate,
                           {file_, key.line, key.column},
                           "",
                           "the key \"" + key.text + "\" stands twice in one map"});
    }
  }

  const std::string& file_;
  std::vector<ConfigProblem>& problems_;
  std::vector<Open> open_;
  YamlNode root_;
};

Location place(std::string_view text, std::size_t offset, const std::string& file) {
  Location where{file, 1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++where.line;
      where.column = 1;
    } else {
      ++where.column;
    }
  }
  return where;
}

/// The offset of the first byte that no configuration has, or npos.
std::size_t first_illegal_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f) return i;
  }
  return std::string_view::npos;
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
  if (const std::size_t at = first_illegal_byte(text); at != std::string_view::npos) {
    return fail(Code::kConfigYamlSyntax, place(text, at, file), "holds a control byte");
  }
  if (!utf8::is_valid(text)) return fail(Code::kConfigYamlSyntax, {file}, "is not valid UTF-8");

  const std::size_t before = problems.size();
  try {
    // yaml-cpp 0.7 takes a quote that is never closed for a text that ends with the file, when
    // the file ends with a line break: half a file would be read as a whole one. A comment as the
    // last line makes it an error.
    const bool open_line = !text.empty() && text.back() != '\n';
    std::istringstream stream(std::string(text) + (open_line ? "\n#" : "#"));
    YAML::Parser parser(stream);
    TreeBuilder builder(file, problems);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    TreeBuilder second(file, problems);
    if (parser.HandleNextDocument(second)) {
      const YamlNode extra = second.take();
      return fail(Code::kConfigYamlAlias, {file, extra.line, extra.column},
                  "a second document starts here; one file is one document");
    }
    // Duplicate keys do not stop the reading, but the tree is not to be used.
    if (problems.size() != before) return std::nullopt;
    return root;
  } catch (const Refusal& refusal) {
    return fail(refusal.code, {file, refusal.line, refusal.column}, refusal.message);
  } catch (const YAML::Exception& error) {
    if (error.mark.is_null()) return fail(Code::kConfigYamlSyntax, {file}, error.msg);
    return fail(Code::kConfigYamlSyntax, {file, error.mark.line + 1, error.mark.column + 1},
                error.msg);
  } catch (const std::exception& error) {
    return fail(Code::kConfigYamlSyntax, {file}, error.what());
  }
}

}  // namespace portcullis::bff
