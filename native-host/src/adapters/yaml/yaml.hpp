// YAML text as a tree of values with positions.
//
// Built from libyaml's events, which distinguish a quoted "1.0" from a plain 1.0 and carry
// positions; building the tree here allows rejecting input while it grows:
//   - anchors and aliases (nine lines can expand to a billion values), tags, several documents in
//     one file: CONFIG_YAML_ALIAS
//   - nesting deeper than limits::kMaxConfigDepth
//   - duplicate keys in a map: ambiguous
//   - invalid UTF-8 and control bytes, before libyaml sees them (base/text.hpp)
//
// JSON (RFC 8259) is accepted wherever a value may occur, including what is not YAML: surrogate
// escapes (yaml_text.hpp), long keys and tabs (json_flow.hpp). Error messages are the server's own
// and say what to write instead (yaml_complaint.hpp). Never throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/config_problem.hpp"

namespace portcullis::bff {

/// A value and its position.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  ///< kScalar: quoted or a block scalar, so always text
  int line = 0;         ///< 1-based
  int column = 0;
  std::string text;             ///< kScalar
  std::vector<YamlNode> keys;   ///< kMap: scalars, one per item
  std::vector<YamlNode> items;  ///< kList, kMap

  bool is_map() const noexcept { return kind == Kind::kMap; }
  bool is_list() const noexcept { return kind == Kind::kList; }
  bool is_scalar() const noexcept { return kind == Kind::kScalar; }
  bool is_null() const noexcept { return kind == Kind::kNull; }
  /// The value of a key, or null. Linear: maps are small or walked in order.
  const YamlNode* find(std::string_view key) const noexcept;
};

/// "map", "list", "text", "nothing"; for messages.
std::string_view kind_name(const YamlNode& node) noexcept;

/// Parses `text`. Returns nullopt with at least one error in `problems`. An empty file is kNull.
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   std::vector<ConfigProblem>& problems);

/// Whether the text is a number by RFC 8259, section 6. Anything else stays text: 010 is eight to
/// some readers and ten to others.
bool is_json_number(std::string_view text) noexcept;

/// The value as JSON text. Plain true, false, null and JSON numbers keep their spelling; everything
/// else becomes a string.
std::string yaml_to_json(const YamlNode& node);

/// The position of a JSON pointer's value; for maps and lists, of their key. If it does not exist,
/// the position of the nearest enclosing value.
Location locate(const YamlNode& root, std::string_view pointer, const std::string& file);

/// `token` as a segment of a JSON pointer (RFC 6901, section 3), with its '/'.
std::string pointer_segment(std::string_view token);

}  // namespace portcullis::bff
