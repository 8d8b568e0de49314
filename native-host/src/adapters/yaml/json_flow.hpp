// The parts of a YAML file that are JSON (RFC 8259) and that a YAML parser does not take: keys over
// 1,024 bytes, a line break between a key and its colon, tabs where a line begins. They are read
// here, and a quoted name stands in their place in the text that the parser gets, so that every
// other place in the file stays where it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/yaml/yaml.hpp"

namespace portcullis::bff {

class JsonSpans {
 public:
  explicit JsonSpans(std::string_view text);

  bool empty() const noexcept { return values_.empty(); }
  std::string_view text() const noexcept { return text_; }
  /// The value that `name` stands for. Nothing when it stands for none, or was taken already.
  std::optional<YamlNode> take(std::string_view name);
  /// Whether each value was found where the parser looked for one. One that was not stood in a
  /// comment, a block scalar or a quoted text, and was no JSON.
  bool all_taken() const noexcept { return taken_ == values_.size(); }

 private:
  std::string text_;
  std::string prefix_;
  std::vector<std::optional<YamlNode>> values_;
  std::size_t taken_ = 0;
};

}  // namespace portcullis::bff
