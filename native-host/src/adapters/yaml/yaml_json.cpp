// The JSON part of yaml.hpp: values as text, and pointers back to positions.

#include <charconv>
#include <string>
#include <string_view>

#include "adapters/yaml/yaml.hpp"
#include "base/json_writer.hpp"

namespace portcullis::bff {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Recursion is bounded: parse_yaml rejects nesting deeper than limits::kMaxConfigDepth.
void append_value(const YamlNode& node, std::string& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out += "null";
      return;
    case YamlNode::Kind::kScalar:
      if (!node.quoted) {
        if (node.text == "true" || node.text == "false" || is_json_number(node.text)) {
          out += node.text;
          return;
        }
        if (node.text == "True" || node.text == "TRUE") {
          out += "true";
          return;
        }
        if (node.text == "False" || node.text == "FALSE") {
          out += "false";
          return;
        }
      }
      append_json_string(out, node.text);
      return;
    case YamlNode::Kind::kList:
      out += '[';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        append_value(node.items[i], out);
      }
      out += ']';
      return;
    case YamlNode::Kind::kMap:
      out += '{';
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, node.keys[i].text);
        out += ':';
        append_value(node.items[i], out);
      }
      out += '}';
      return;
  }
}

std::string unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else {
      out += token[i];
    }
  }
  return out;
}

}  // namespace

bool is_json_number(std::string_view text) noexcept {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0') {
    ++i;
  } else if (!digits()) {
    return false;
  }
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

std::string yaml_to_json(const YamlNode& node) {
  std::string out;
  append_value(node, out);
  return out;
}

std::string pointer_segment(std::string_view token) {
  std::string out;
  append_pointer(out, token);
  return out;
}

Location locate(const YamlNode& root, std::string_view pointer, const std::string& file) {
  const YamlNode* node = &root;
  Location where{file, root.line, root.column};
  while (!pointer.empty() && pointer.front() == '/') {
    const std::size_t end = pointer.find('/', 1);
    const std::string token = unescape(pointer.substr(1, end == pointer.npos ? end : end - 1));
    pointer = end == pointer.npos ? std::string_view{} : pointer.substr(end);
    if (node->is_map()) {
      std::size_t i = 0;
      while (i < node->keys.size() && node->keys[i].text != token) ++i;
      if (i == node->keys.size()) return where;
      const YamlNode& value = node->items[i];
      const YamlNode& shown = value.is_scalar() ? value : node->keys[i];
      where = {file, shown.line, shown.column};
      node = &value;
    } else if (node->is_list()) {
      std::size_t index = 0;
      const auto [last, error] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (error != std::errc{} || last != token.data() + token.size() ||
          index >= node->items.size()) {
        return where;
      }
      node = &node->items[index];
      where = {file, node->line, node->column};
    } else {
      return where;
    }
  }
  return where;
}

}  // namespace portcullis::bff
