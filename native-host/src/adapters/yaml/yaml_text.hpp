// Prepares the bytes of a YAML file for the parser: surrogate escapes, which JSON uses for
// characters beyond U+FFFF. Encodings: base/text.hpp.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// `\ud83d\ude80`, the JSON escape of one character, is invalid in YAML (1.2.2, section 5.7). Each
/// half is replaced by an equally long escape of a private-use character that does not occur in the
/// text, so positions are unchanged; restore() puts the characters back into parsed values.
class SurrogateEscapes {
 public:
  explicit SurrogateEscapes(std::string_view text);

  /// The text to parse. Valid as long as this object and its input.
  std::string_view text() const noexcept { return base_ == 0 ? original_ : replaced_; }

  /// Restores a scalar's value. Returns false if it has only one half of a pair.
  bool restore(std::string& value) const;

 private:
  std::string_view original_;
  std::string replaced_;
  unsigned base_ = 0;  ///< first of 2,048 private-use characters; 0: nothing was replaced
};

}  // namespace portcullis::bff
