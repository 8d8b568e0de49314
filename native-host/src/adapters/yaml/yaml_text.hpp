// What is done to the bytes of a YAML file before its parser sees them: escapes of surrogates,
// which JSON writes for what is outside of Unicode's first plane. Encodings: base/text.hpp.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// `\ud83d\ude80`, the JSON escape of one character, is no escape in YAML (1.2.2 section 5.7). Its
/// halves are replaced by escapes of private-use characters that the text does not have, which are
/// as long, so that no place moves; restore() puts the characters into the values that were read.
class SurrogateEscapes {
 public:
  explicit SurrogateEscapes(std::string_view text);

  /// The text to parse. Lives as long as this object and the text that it was made from.
  std::string_view text() const noexcept { return base_ == 0 ? original_ : replaced_; }

  /// The value of a scalar. False: it has one half of a pair only.
  bool restore(std::string& value) const;

 private:
  std::string_view original_;
  std::string replaced_;
  unsigned base_ = 0;  ///< the first of 2,048 private-use characters; 0: nothing was replaced
};

}  // namespace portcullis::bff
