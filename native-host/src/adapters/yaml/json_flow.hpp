// Reads the JSON (RFC 8259) in a YAML file that a YAML parser does not accept: keys over 1,024
// bytes, a line break between a key and its colon, tabs at the start of a line. Each such value is
// replaced by a quoted name in the parser's input, so that all other positions stay the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/yaml.hpp"

namespace portcullis::bff {

/// The JSON values of one text.
class JsonSpans {
 public:
  explicit JsonSpans(std::string_view text);

  bool empty() const noexcept { return values_.empty(); }
  /// The text for the parser.
  std::string_view text() const noexcept { return text_; }
  /// Takes the value that `name` replaces; nullopt if there is none or it was taken.
  std::optional<YamlNode> take(std::string_view name);
  /// Whether the parser met every replaced value. One that it did not meet is in a comment, block
  /// scalar or quoted text, and is not JSON.
  bool all_taken() const noexcept { return taken_ == values_.size(); }

 private:
  std::string text_;
  std::string prefix_;
  std::vector<std::optional<YamlNode>> values_;
  std::size_t taken_ = 0;
};

}  // namespace portcullis::bff
