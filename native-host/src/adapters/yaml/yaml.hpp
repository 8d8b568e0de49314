// YAML text as a tree of values that know where they stand in the file.
//
// Built from libyaml's events, which tell a quoted "1.0" from a plain 1.0 and have the place of
// each value, and because a tree of our own can be refused while it grows:
//   - anchors and aliases (nine lines of them can stand for a billion values), tags, several
//     documents in one file: refused, CONFIG_YAML_ALIAS
//   - deeper than limits::kMaxConfigDepth: refused
//   - the same key twice in one map: refused; whichever a reader takes, the other was meant, too
//   - bytes that are not UTF-8, and control bytes: refused before libyaml sees them (yaml_text.hpp)
//
// JSON (RFC 8259) is read wherever a value may stand, in the parts of it that are no YAML, too:
// escapes of surrogates (yaml_text.hpp), long keys, tabs (json_flow.hpp). What is refused is said
// in a sentence of ours, with what to write instead (yaml_complaint.hpp).
//
// Nothing here throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/config_problem.hpp"

namespace portcullis::bff {

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  bool quoted = false;  ///< kScalar: quoted or a block scalar, so certainly text
  int line = 0;         ///< from 1
  int column = 0;
  std::string text;             ///< kScalar
  std::vector<YamlNode> keys;   ///< kMap: scalars, as many as items
  std::vector<YamlNode> items;  ///< kList, kMap

  bool is_map() const noexcept { return kind == Kind::kMap; }
  bool is_list() const noexcept { return kind == Kind::kList; }
  bool is_scalar() const noexcept { return kind == Kind::kScalar; }
  bool is_null() const noexcept { return kind == Kind::kNull; }
  /// The value of a key, or null. Linear: maps of a configuration are small, or walked in order.
  const YamlNode* find(std::string_view key) const noexcept;
};

/// "map", "list", "text", "nothing": for messages.
std::string_view kind_name(const YamlNode& node) noexcept;

/// The tree, or nothing and at least one error in `problems`. An empty file is kNull.
std::optional<YamlNode> parse_yaml(std::string_view text, const std::string& file,
                                   std::vector<ConfigProblem>& problems);

/// The number grammar of RFC 8259 section 6. Nothing else is a number here: 010 is eight to some
/// readers and ten to others, so it stays text.
bool is_json_number(std::string_view text) noexcept;

/// JSON text (RFC 8259) of the value. Plain true, false and null are that; plain text that is a
/// JSON number is that number, as it is written; all else is a string.
std::string yaml_to_json(const YamlNode& node);

/// Where the value of a JSON pointer stands. A pointer to something that is not there gives the
/// place of the nearest thing around it. For maps and lists it is the key that they stand behind.
Location locate(const YamlNode& root, std::string_view pointer, const std::string& file);

/// `token` as one segment of a JSON pointer (RFC 6901 section 3), with its '/'.
std::string pointer_segment(std::string_view token);

}  // namespace portcullis::bff
